from __future__ import annotations

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException, UniqueViolation
from psycopg_pool import PoolTimeout

from aura.errors import ConfigurationError, Transient
from consumer.engines.connections import Connections, explained


def wrapped(cause: psycopg.Error) -> ConnectorException:
    """As procrastinate passes on what a statement failed of."""
    try:
        raise ConnectorException from cause
    except ConnectorException as error:
        return error


@pytest.mark.parametrize(
    "cause",
    [
        psycopg.OperationalError("connection refused\n\tIs the server running?"),
        psycopg.errors.AdminShutdown("terminating connection"),
        psycopg.errors.DeadlockDetected("deadlock detected"),
        psycopg.errors.QueryCanceled("canceling statement due to statement timeout"),
        psycopg.errors.ReadOnlySqlTransaction("cannot execute UPDATE in a read-only transaction"),
        psycopg.InterfaceError("the connection is closed"),
        PoolTimeout("couldn't get a connection after 3.00 sec"),
    ],
)
def test_what_passes_is_waited_for_and_said_in_one_line(cause: psycopg.Error) -> None:
    error = explained(wrapped(cause))
    assert isinstance(error, Transient)
    assert str(error).endswith(str(cause).splitlines()[0])


def test_two_that_want_the_same_row_try_again() -> None:
    assert isinstance(explained(UniqueViolation(constraint_name="c", queueing_lock="l")), Transient)


@pytest.mark.parametrize(
    "cause",
    [
        psycopg.errors.UndefinedTable('relation "procrastinate_jobs" does not exist'),
        psycopg.errors.UndefinedFunction("function aura_put_jobs does not exist"),
        psycopg.errors.InsufficientPrivilege("permission denied for schema procrastinate"),
    ],
)
def test_what_a_person_must_mend_names_the_remedy(cause: psycopg.Error) -> None:
    error = explained(wrapped(cause))
    assert isinstance(error, ConfigurationError)
    assert "run `aura migrate`" in str(error)


def test_a_defect_stays_one() -> None:
    error = wrapped(psycopg.errors.DivisionByZero("division by zero"))
    assert explained(error) is error


@pytest.mark.parametrize(
    ("db_url", "said"),
    [
        (None, "SUPABASE_DB_URL is not set"),
        ("", "SUPABASE_DB_URL is not set"),
        ("postgresql://user:hunter2@[", "not a PostgreSQL URL"),
        ("host=pooler port=6543 password=hunter2", r"transaction pooler \(port 6543\), which a queue cannot listen on"),
    ],
)
def test_a_url_that_cannot_serve_is_refused_without_its_password(db_url: str | None, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as refused:
        Connections(db_url)
    assert "hunter2" not in str(refused.value)
