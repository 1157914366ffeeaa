"""EPCIS 2.0 events: strict reading, rules, index terms."""
