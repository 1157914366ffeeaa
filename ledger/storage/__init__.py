"""The database: tables and the stores over them."""
