"""Record, commitment and disclosure, submission."""
