"""A database that does not answer is refused in one readable line that never repeats the password."""

from __future__ import annotations

import socket

import pytest

from aura.errors import ConfigurationError
from aura.migrations import migrate

SECRET = "hunter2secret"


async def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"127.0.0.1:{port}") as refused:
            await migrate(f"postgresql://postgres:{SECRET}@127.0.0.1:{port}/postgres")
    assert SECRET not in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
