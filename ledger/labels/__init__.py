"""Labels: a QR code that opens a thing's page, and in words what the code says."""
