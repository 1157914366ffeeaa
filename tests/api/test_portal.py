"""The producer's portal as the server sends it. What it then does is tested in tests/browser."""

from __future__ import annotations

import html
import json
import re
from unicodedata import is_normalized

import pytest

from api.web.csp import PORTAL_POLICY
from api.web.portal import portal_modules, shell_files
from api.web.static import STATIC, load_files, module_names, release
from api.web.words import LANGUAGES, load_words
from tests.support.running_app import RunningApp

TEMPLATE = STATIC.parent / "templates" / "portal.html"
_CHOSEN = (
    "certificates", "complete", "conflict", "entry", "event", "label", "photo", "product_photo",
    "recall", "sheet", "sign_in", "status", "wrong",
)  # fmt: skip
"""Families of which a key may stand in a table or a choice, away from the call that says it."""

_ROOMS = {
    "describe": "PRODUCT",
    "quality": "QUALITY",
    "placed": "PLACE",
    "producer": "PRODUCER",
    "certified": "CERTIFICATE",
}
"""Family of the labels of each list in item_members.js."""


def _sources() -> str:
    modules = [load_files()[name].content.decode() for name in module_names("portal")]
    return "\n".join([TEMPLATE.read_text(encoding="utf-8"), *modules])


def test_portal_catalogues_say_the_same_things_in_every_language() -> None:
    vietnamese, english = (load_words(language, "portal").sentences for language in LANGUAGES)
    assert list(english) == list(vietnamese)
    for key, sentence in vietnamese.items():
        places = sorted(re.findall(r"\{\w+\}", sentence))
        assert places == sorted(re.findall(r"\{\w+\}", english[key])), key
        assert sentence.strip()
        assert is_normalized("NFC", sentence)


def test_portal_catalogues_hold_every_sentence_used_and_no_other() -> None:
    source = _sources()
    used = set(re.findall(r'(?:\bp\(|say\(|tell\(|group\(words,)\s*"([\w.-]+)"', source))
    used |= set(re.findall(rf'"((?:{"|".join(_CHOSEN)})\.[\w.]+)"', source))
    used |= {"record", "next", "cancel", "back", "title.short"}  # chosen or asked for in Python
    families = set(re.findall(r"`([\w.]+\.)\$\{", source))
    families |= {f"{kind}." for kind in re.findall(r'\.name\("(\w+)"', source)}
    families |= {f"{room}." for room in _ROOMS}
    known = load_words("vi", "portal").sentences.keys()
    assert used - known == set()
    assert {key for key in known - used if not key.startswith(tuple(families))} == set()


def test_portal_names_every_step_field_and_fault() -> None:
    known = load_words("vi", "portal").sentences
    steps = load_files()["portal/steps.js"].content.decode()
    names = set(re.findall(r'name: "(\w+)"', steps))
    assert {f"field.{name}" for name in names} <= known.keys()
    members = load_files()["portal/item_members.js"].content.decode()
    shared = dict(re.findall(r"const (\w+) = (\{ name: .*?\});", members))
    for room, title in _ROOMS.items():
        found = re.search(rf"export const {title} = \[(.*?)\];", members, re.DOTALL)
        assert found is not None
        listed = re.sub(r"\b[A-Z_]{3,}\b", lambda one: shared.get(one[0], one[0]), found[1])
        rows = re.findall(r'name: "(\w+)", kind: "(\w+)"', listed)
        assert 0 < len(rows) <= 5
        for name, kind in rows:
            family = "field" if kind in ("choice", "date") else room
            assert f"{family}.{name}" in known
    faults = set(re.findall(r'Unreadable\("([\w.]+)"\)', _sources()))
    assert faults
    assert faults <= known.keys()


def test_portal_modules_load_nothing_from_elsewhere_and_make_no_markup() -> None:
    offered = {*portal_modules(), "portal/worker.js"}
    for name in sorted(offered):
        source = load_files()[name].content.decode()
        for imported in re.findall(r'^(?:import|\}) .*?from "([^"]+)";$', source, re.MULTILINE):
            target = (STATIC / name).parent.joinpath(imported).resolve().relative_to(STATIC)
            assert target.as_posix() in offered, (name, imported)
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(", source), name
        assert source.count("\n") <= 400, name


@pytest.mark.chain
@pytest.mark.parametrize("language", LANGUAGES)
def test_portal_page_brings_its_policy_and_words(language: str, server: RunningApp) -> None:
    answer = server.visitor.get("/portal", params={"lang": language})
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == PORTAL_POLICY
    assert answer.headers["content-language"] == language
    assert "unsafe" not in PORTAL_POLICY
    assert load_words(language, "portal").say("noscript") in html.unescape(answer.text)
    assert "<style" not in answer.text
    assert re.findall(r"<script(?![^>]* src=)", answer.text) == []
    assert f'data-base="{server.app.settings.base_url}"' in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.chain
def test_portal_worker_keeps_files_that_exist(server: RunningApp) -> None:
    answer = server.visitor.get("/portal/worker.js")
    assert answer.headers["service-worker-allowed"] == "/portal"
    assert answer.headers["cache-control"] == "no-cache"
    first, _, rest = answer.text.partition("\n")
    shell = json.loads(first.removeprefix("const SHELL = ").removesuffix(";"))
    assert shell == {"release": release(), "files": shell_files()}
    assert rest == (STATIC / "portal" / "worker.js").read_text(encoding="utf-8")
    for path in shell["files"]:
        assert server.visitor.get(path).status_code == 200, path


@pytest.mark.chain
def test_portal_manifest_names_icon_and_start(server: RunningApp) -> None:
    answer = server.visitor.get("/portal/manifest.json", params={"lang": "en"})
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert manifest["start_url"] == "/portal?lang=en"
    assert server.visitor.get(manifest["icons"][0]["src"]).status_code == 200


@pytest.mark.chain
def test_caller_tells_whom_the_key_speaks_for(server: RunningApp) -> None:
    answer = server.reader.get("/caller")
    assert answer.status_code == 200
    assert answer.json() == {
        "org": server.producer_org,
        "name": "Hộ bà Bùi Thị Mây",
        "nameEn": "",
        "state": "active",
        "scopes": ["read"],
    }
    refused = server.visitor.get("/caller", headers={"authorization": "Bearer pk_nobody"})
    assert refused.status_code == 401
    assert refused.json()["code"] == "api-key-refused"
