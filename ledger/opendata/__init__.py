"""Open data: what a day's public records look like as tables and in a catalogue."""
