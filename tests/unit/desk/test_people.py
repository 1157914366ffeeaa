"""Who may sign in: passwords by scrypt, names and roles in bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.desk.sessions import Sessions
from ledger.desk.people import (
    Person,
    check_password,
    find_person,
    list_people,
    put_person,
    remove_person,
)
from ledger.desk.role import DeskRole
from ledger.desk.store import Store
from ledger.errors import InvalidInput, QuotaExceeded, Unauthenticated

CLERK = Person("vanthu", "Lê Thị Văn Thư", DeskRole.CLERK)
PASSWORD = "một mật khẩu"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "desk.sqlite")
    with store.write() as tx:
        put_person(tx, CLERK, PASSWORD)
    return store


def test_the_right_password_says_who_it_is(store: Store) -> None:
    with store.read() as tx:
        assert check_password(tx, "vanthu", PASSWORD) == CLERK


@pytest.mark.parametrize(
    ("login", "password"),
    [("vanthu", "một mật khẩu "), ("vanthu", ""), ("nobody", PASSWORD), ("VANTHU", PASSWORD)],
)
def test_anything_else_says_nothing(store: Store, login: str, password: str) -> None:
    with store.read() as tx, pytest.raises(Unauthenticated) as caught:
        check_password(tx, login, password)
    assert caught.value.code == "desk-password-wrong"


def test_a_password_is_not_in_the_file(store: Store, tmp_path: Path) -> None:
    store.close()
    assert PASSWORD.encode() not in (tmp_path / "desk.sqlite").read_bytes()


def test_set_again_is_another_password_and_removed_is_out(store: Store) -> None:
    with store.write() as tx:
        put_person(tx, Person("vanthu", "Lê Thị B", DeskRole.LEADER), "another password")
        assert check_password(tx, "vanthu", "another password").role is DeskRole.LEADER
        assert [one.name for one in list_people(tx)] == ["Lê Thị B"]
        assert remove_person(tx, "vanthu")
        assert not remove_person(tx, "vanthu")
        assert find_person(tx, "vanthu") is None


@pytest.mark.parametrize(
    ("person", "password"),
    [
        (Person("Văn Thư", "x", DeskRole.CLERK), PASSWORD),
        (Person("", "x", DeskRole.CLERK), PASSWORD),
        (Person("a", " ", DeskRole.CLERK), PASSWORD),
        (Person("a", "x", DeskRole.CLERK), "short"),
        (Person("a", "x", DeskRole.CLERK), "x" * 201),
    ],
)
def test_what_does_not_fit_is_refused(store: Store, person: Person, password: str) -> None:
    with pytest.raises(InvalidInput), store.write() as tx:
        put_person(tx, person, password)


def test_a_handful_of_guesses_is_all(store: Store) -> None:
    sessions = Sessions()
    for _ in range(8):
        sessions.count_try("vanthu")
    with pytest.raises(QuotaExceeded):
        sessions.count_try("vanthu")
    sessions.count_try("another")
    sessions.forget_tries("vanthu")
    sessions.count_try("vanthu")


def test_a_session_is_found_by_its_name_until_it_ends() -> None:
    sessions = Sessions()
    session = sessions.begin(CLERK)
    assert sessions.find(session.name) == session
    assert sessions.find(session.token) is None
    assert sessions.find(None) is None
    sessions.end(session.name)
    assert sessions.find(session.name) is None
