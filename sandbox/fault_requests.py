"""The faults that can be asked for, as data: what the admin paths, the CLI and tests share.

Each is named as in its JSON form `{"fault": NAME, …}` and knows how to put itself in force.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from sandbox.broken_paths import How
from sandbox.faults import Faults

Seconds = Annotated[float, Field(ge=0, le=3600)]


class _Fault(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ends_connections: ClassVar[bool] = False  # also the one on which it was asked for


class CutSockets(_Fault):
    """Every Realtime socket is reset."""

    fault: Literal["cut_sockets"]

    async def apply(self, faults: Faults) -> None:
        """Puts the fault in force."""
        await faults.realtime.cut_sockets()


class RefuseConnections(_Fault):
    """The port is closed for some seconds, and every connection reset."""

    ends_connections: ClassVar[bool] = True
    fault: Literal["refuse_connections"]
    seconds: Seconds = 5

    async def apply(self, faults: Faults) -> None:
        """Puts the fault in force."""
        await faults.refuse_connections(self.seconds)


class HalfOpen(_Fault):
    """Realtime accepts and stays silent, on old sockets and new ones."""

    fault: Literal["half_open"]
    seconds: Seconds = 5

    async def apply(self, faults: Faults) -> None:
        """Puts the fault in force."""
        await faults.realtime.half_open(self.seconds)


class SwallowChanges(_Fault):
    """Realtime loses the next changes."""

    fault: Literal["swallow_changes"]
    count: Annotated[int, Field(ge=0)] = 1

    async def apply(self, faults: Faults) -> None:
        """Puts the fault in force."""
        await faults.realtime.swallow_changes(self.count)


class DelayDelivery(_Fault):
    """Realtime delivers every change so much later, until cleared (0: undone)."""

    fault: Literal["delay_delivery"]
    seconds: Seconds = 5

    async def apply(self, faults: Faults) -> None:
        """Puts the fault in force."""
        await faults.realtime.delay_delivery(self.seconds)


class Resubscribed(_Fault):
    """Realtime says "Subscribed to PostgreSQL" a second time."""

    fault: Literal["resubscribed"]

    async def apply(self, faults: Faults) -> None:
        """Puts the fault in force."""
        await faults.realtime.resubscribed()


class RestartRealtime(_Fault):
    """Realtime stops, and is back after some seconds with a cold start."""

    fault: Literal["restart_realtime"]
    seconds: Seconds = 1

    async def apply(self, faults: Faults) -> None:
        """Puts the fault in force."""
        await faults.realtime.restart(self.seconds)


class StopPostgres(_Fault):
    """The database's process ends, and is started again after some seconds."""

    fault: Literal["stop_postgres"]
    seconds: Seconds = 5
    crash: bool = False

    async def apply(self, faults: Faults) -> None:
        """Puts the fault in force."""
        await faults.stop_postgres(self.seconds, crash=self.crash)


class BreakPath(_Fault):
    """Requests below a path answer 503, hang, or are reset."""

    fault: Literal["break_path"]
    prefix: Annotated[str, Field(pattern=r"^/(rest|storage|auth|realtime)/v1(/|$)")]
    how: How = "503"
    seconds: Seconds = 5

    async def apply(self, faults: Faults) -> None:
        """Puts the fault in force."""
        await faults.break_path(self.prefix, self.how, self.seconds)


class ExpireTokens(_Fault):
    """Every user's token issued until now has expired."""

    fault: Literal["expire_tokens"]

    async def apply(self, faults: Faults) -> None:
        """Puts the fault in force."""
        await faults.expire_tokens()


AnyFault: TypeAlias = Annotated[
    CutSockets
    | RefuseConnections
    | HalfOpen
    | SwallowChanges
    | DelayDelivery
    | Resubscribed
    | RestartRealtime
    | StopPostgres
    | BreakPath
    | ExpireTokens,
    Field(discriminator="fault"),
]
REQUEST: TypeAdapter[AnyFault] = TypeAdapter(AnyFault)
