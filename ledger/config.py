"""Settings, read once at start from the environment (`PROVENANCE_…`) and nowhere below.

Every default is what the embedded installation uses: one directory, SQLite, a supervised local
chain. A province changes the database URL, the RPC endpoints and the engine; no code path differs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Engine = Literal["anvil", "hardhat", "clique", "bft"]


class Settings(BaseSettings):
    """What an operator may decide. The environment variable is `PROVENANCE_` and the name."""

    model_config = SettingsConfigDict(env_prefix="PROVENANCE_", frozen=True, extra="forbid")

    data_dir: Path = Field(
        default=Path("data"), description="Directory of the embedded database, chain and keys."
    )
    database_url: str | None = Field(
        default=None, description="sqlite:/// or postgresql:// URL; default: SQLite in data_dir."
    )
    host: str = Field(default="127.0.0.1", description="Address the HTTP server listens on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port; 0 takes a free one.")
    public_url: str | None = Field(
        default=None, description="Address printed into QR codes; default: host and port."
    )
    engine: Engine = Field(
        default="anvil", description="Chain engine; anvil and hardhat are started by us."
    )
    rpc_urls: tuple[str, ...] = Field(
        default=(), description="JSON list of chain nodes; empty starts the local chain."
    )
    block_period: float = Field(
        default=1.0, gt=0, le=600, description="Seconds between blocks of the local chain."
    )
    origin: str | None = Field(
        default=None, description="Checkpoint origin of the log; chosen at the first start."
    )
    keystore_password: str | None = Field(
        default=None, description="Opens the seed; default: the file keystore.password."
    )
    intake_processes: int = Field(
        default=2, ge=0, le=64, description="Processes that work through bulk captures."
    )
    worker: bool = Field(
        default=True,
        description="Run a worker beside HTTP; false where `provenance worker` runs as a process "
        "of its own, which leaves this one to those who ask.",
    )
    anchoring_deadline: int = Field(
        default=60, ge=1, description="Seconds promised from receipt to anchored."
    )
    events_per_day: int = Field(
        default=10_000_000, ge=1, description="Quota of an organization that has none of its own."
    )
    requests_per_second: int = Field(
        default=20_000, ge=1, description="Requests one API key may make per second."
    )
    visitor_requests_per_second: int = Field(
        default=500, ge=1, description="Costly anonymous requests one address may make per second."
    )
    capture_bytes: int = Field(
        default=64 * 1024 * 1024, ge=1024, description="Largest capture document in bytes."
    )
    capture_events: int = Field(default=50_000, ge=1, description="Most events in one capture.")
    files_dir: Path | None = Field(
        default=None,
        description="Directory of photos and certificates, shared by all machines; default: "
        "data_dir/files.",
    )
    file_bytes_per_organization: int = Field(
        default=2 * 1024**3, ge=0, description="Bytes of files one organization may keep."
    )
    blobs_dir: Path | None = Field(
        default=None,
        description="Directory of encrypted documents, shared by all machines; default: "
        "data_dir/blobs.",
    )
    blobs_url: str | None = Field(
        default=None,
        description="Bucket of encrypted documents on an S3-compatible server, "
        "https://KEY:SECRET@host/bucket; takes the place of blobs_dir.",
    )
    blob_bytes: int = Field(
        default=4 * 1024**3, ge=1024, description="Largest encrypted document in bytes."
    )
    blob_bytes_per_organization: int = Field(
        default=1024**4, ge=0, description="Bytes of encrypted documents one organization may keep."
    )
    upload_hours: float = Field(
        default=72.0, gt=0, le=8760, description="An upload nobody goes on with is let go of."
    )
    opendata_dir: Path | None = Field(
        default=None,
        description="Directory of the daily open data, shared by all machines; default: "
        "data_dir/opendata.",
    )
    opendata: bool = Field(
        default=True, description="Publish the public records of each day as open data."
    )
    opendata_license: str = Field(
        default="https://creativecommons.org/licenses/by/4.0/",
        description="Address of the licence the open data come under.",
    )
    time_authority_url: str | None = Field(
        default=None, description="RFC 3161 authority that stamps the ledger's time."
    )
    time_authority_roots: Path | None = Field(
        default=None, description="File or folder of the root certificates its tokens must end in."
    )
    timestamp_interval: float = Field(
        default=60.0, ge=0.1, le=86_400, description="Seconds from one time-stamp to the next."
    )
    mqtt_url: str | None = Field(
        default=None,
        description="Broker of device readings, mqtt:// or mqtts:// with user and password.",
    )
    mqtt_topic: str = Field(
        default="provenance/readings/#", description="Topic under which devices publish."
    )
    webhook_loopback: bool = Field(
        default=False,
        description="Let subscriptions call this machine itself over http: for trials.",
    )
    lease_seconds: float = Field(
        default=6.0, gt=0.5, le=600, description="A silent worker loses its lease after this."
    )

    @property
    def database(self) -> str:
        """The database URL in force."""
        if self.database_url is not None:
            return self.database_url
        return f"sqlite:///{(self.data_dir / 'ledger.sqlite3').absolute()}"

    @property
    def base_url(self) -> str:
        """The address people reach us at, without a trailing slash."""
        if self.public_url is not None:
            return self.public_url.rstrip("/")
        return f"http://{self.host}:{self.port}"

    @property
    def files_path(self) -> Path:
        """Where photos and certificates are kept."""
        return self.files_dir if self.files_dir is not None else self.data_dir / "files"

    @property
    def blobs_path(self) -> Path:
        """Where encrypted documents are kept."""
        return self.blobs_dir if self.blobs_dir is not None else self.data_dir / "blobs"

    @property
    def opendata_path(self) -> Path:
        """Where the daily open data are."""
        return self.opendata_dir if self.opendata_dir is not None else self.data_dir / "opendata"

    @property
    def keystore_path(self) -> Path:
        """The encrypted seed."""
        return self.data_dir / "keystore.json"

    @property
    def password_path(self) -> Path:
        """Where the embedded installation keeps the seed's password, mode 0600."""
        return self.data_dir / "keystore.password"

    @property
    def admin_key_path(self) -> Path:
        """The API key of the operator, mode 0600, written once."""
        return self.data_dir / "admin.key"

    @property
    def trust_path(self) -> Path:
        """What a verifier on another machine needs."""
        return self.data_dir / "trust.json"
