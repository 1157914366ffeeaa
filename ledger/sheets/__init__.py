"""Spreadsheets in: templates, reading, rows to EPCIS events. No database, no web."""
