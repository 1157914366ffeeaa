"""Documents between agencies: the life of a leg, what its parties sign, who may act."""
