"""edXML (QCVN 102:2016): documents and statuses as agencies' software exchanges them."""
