"""Reads and writes of one transaction that do not depend on each other: on PostgreSQL they are one message."""

from collections.abc import Coroutine
from typing import Any, TypeVar, overload

from bot.unit_of_work import Transaction

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


@overload
async def together(
    tx: Transaction, first: Coroutine[Any, Any, A], second: Coroutine[Any, Any, B], /
) -> tuple[A, B]: ...


@overload
async def together(
    tx: Transaction,
    first: Coroutine[Any, Any, A],
    second: Coroutine[Any, Any, B],
    third: Coroutine[Any, Any, C],
    /,
) -> tuple[A, B, C]: ...


@overload
async def together(
    tx: Transaction,
    first: Coroutine[Any, Any, A],
    second: Coroutine[Any, Any, B],
    third: Coroutine[Any, Any, C],
    fourth: Coroutine[Any, Any, D],
    /,
) -> tuple[A, B, C, D]: ...


async def together(tx: Transaction, *works: Coroutine[Any, Any, Any]) -> tuple[Any, ...]:
    """Await calls of the transaction's repositories, and return their results in this order. Raises the first error of them.

    Each call sees the first statement of the calls before it, but not their later statements.
    """
    return tuple(await tx.run_together(works))
