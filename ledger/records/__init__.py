"""Records, their commitments, what is disclosed of them, and the submissions that carry them."""
