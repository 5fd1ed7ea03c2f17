"""Lo que se le encarga al taller se hace aunque el taller se caiga."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import pytest

from pipeline.errores import ErrorEntorno
from pipeline.flujo.taller import encargar


class Taller(Executor):
    """Un taller que hace lo pedido, que muere haciéndolo o que ya estaba muerto."""

    def __init__(self, que: str) -> None:
        self.que = que

    def submit(self, fn: Callable[..., Any], /, *_: Any, **__: Any) -> Future[Any]:
        """El resultado, ya puesto."""
        if self.que == "muerto":
            raise BrokenProcessPool
        futuro: Future[Any] = Future()
        if self.que == "muere":
            futuro.set_exception(BrokenProcessPool())
        else:
            futuro.set_result(fn())
        return futuro


@pytest.mark.parametrize("que", ["vive", "muere", "muerto"])
def test_lo_encargado_se_hace_una_vez_aunque_el_taller_se_caiga(que: str) -> None:
    hechos: list[str] = []
    esperar = encargar(Taller(que), lambda: hechos.append(que))
    esperar()
    assert hechos == [que]


def test_el_error_de_lo_encargado_llega_a_quien_lo_espera() -> None:
    def falla() -> None:
        raise ErrorEntorno("no hay PDF")

    with ThreadPoolExecutor(1) as uno, pytest.raises(ErrorEntorno, match="no hay PDF"):
        encargar(uno, falla)()
