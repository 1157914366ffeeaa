"""What to do about each error, by subject; `ledger.error_codes` is the whole table."""
