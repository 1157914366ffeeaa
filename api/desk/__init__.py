"""The clerks' portal of a desk: pages made on the server, in Vietnamese and English."""
