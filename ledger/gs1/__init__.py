"""GS1 keys, check digits, Digital Link."""
