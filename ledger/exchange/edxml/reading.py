"""Any edXML file: a document or a Status."""

from __future__ import annotations

from ledger.exchange.edxml.document import EdxmlDocument, read_document
from ledger.exchange.edxml.leaves import child, children, parse
from ledger.exchange.edxml.status import EdxmlStatus, read_status


def read_edxml(body: bytes, version: int = 1) -> EdxmlDocument | EdxmlStatus:
    """What the file is; `version` is that of the document, which edXML does not count.

    Raises TooLarge; InvalidInput `xml-malformed`, `xml-doctype-refused`,
    `xml-encoding-unsupported`, `xml-depth-exceeded`, `edxml-malformed` with an XPath,
    `document-malformed`, `document-secret-refused`.
    """
    root = parse(body)
    envelope = child(root, "edXMLEnvelope", "/edXML")
    header = child(envelope, "edXMLHeader", "/edXML/edXMLEnvelope")
    if children(header, "Status"):
        return read_status(root)
    return read_document(root, version)
