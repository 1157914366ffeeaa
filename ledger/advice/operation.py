"""Operation: settings, database, files, keystore, processes and the server itself."""

from __future__ import annotations

OPERATION: dict[str, str] = {
    "already-running": "Stop the other process, or give this one a directory of its own.",
    "already-sequenced": "Run `provenance audit`: a submission was about to get a second place in "
    "the log.",
    "database-not-durable": "Switch the named setting of PostgreSQL on; captures could be lost.",
    "database-not-writable": "Choose a directory that this user may write.",
    "database-url-malformed": "Give sqlite:///path/to/file or postgresql://user@host/database.",
    "file-too-large": "Send a smaller file: photos and certificates have at most 10 MB.",
    "file-unknown": "Check the SHA-256; no such file is kept here.",
    "file-unreadable": "Check the path and that this user may read the file.",
    "file-unwritable": "Free disk space or correct the permissions of the data directory.",
    "internal-error": "Report the request id to the operator.",
    "keystore-exists": "Choose another path; a keystore is never overwritten.",
    "keystore-malformed": "Restore the keystore file from its backup.",
    "keystore-missing": "Run `provenance init`, or point the settings at the keystore file.",
    "keystore-password-missing": "Put keystore.password back or set PROVENANCE_KEYSTORE_PASSWORD.",
    "keystore-password-wrong": "Give the password the keystore was made with.",
    "keystore-unwritable": "Make the folder writable for this user, or free some space.",
    "lease-lost": "Nothing to do: another worker has taken over.",
    "listening-refused": "Choose an address of this machine with --host, and a port this user may "
    "open.",
    "not-initialised": "Run provenance init or provenance up first.",
    "output-binary": "Write it to a file with --output, or pipe it somewhere.",
    "output-missing": "Say with --output where the proof shall go.",
    "port-in-use": "Choose another port with --port, or stop what uses it.",
    "schema-newer": "Start the version of the program that migrated this database, or a newer one.",
    "schema-outdated": "Run `provenance migrate`.",
    "schema-revision-unknown": "Name `base` or a revision listed in docs/operations/storage.md.",
    "secret-unreadable": "Delete the subscription and subscribe again; its secret cannot be read.",
    "server-answer-malformed": "Check the address: something else than a ledger answers there.",
    "server-refused": "Use a command line of the server's version; this one does not know its "
    "code.",
    "server-unreachable": "Start it with `provenance up`, or give its address with --url.",
    "server-url-malformed": "Give the address as http://host:port.",
    "settings-invalid": "Correct the setting; docs/settings.md lists them all.",
    "shutting-down": "Send the request again; the service is restarting.",
    "storage-busy": "Try again; if it stays, look for a program that holds the database.",
    "storage-damaged": "Stop writing, restore the last backup and run `provenance audit`.",
    "storage-duplicate": "Try again: another writer recorded the same first.",
    "storage-full": "Free space on the database's disk; nothing acknowledged was lost.",
    "storage-read-only": "Make the database and its directory writable for this user.",
    "storage-unavailable": "Check that the database runs and can be reached, then try again.",
}
