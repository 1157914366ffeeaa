"""One file per resource; routes do not import each other."""
