"""Content that only its parties read: data keys, encrypted content, keys they are wrapped to."""
