"""Bundle, tlog-proof, COSE receipt, trust anchors."""
