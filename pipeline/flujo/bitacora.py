"""Lo que pasó en una corrida, para quien la programa: bitacora.txt, resultado.json y el aviso al fallar."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.archivos import escribir
from pipeline.flujo.produccion import Resultado
from pipeline.manifiesto import escribir_json

BITACORA = "bitacora.txt"
RESULTADO = "resultado.json"
MAXIMO_DE_BYTES = 200_000  # unas cien corridas; lo más viejo se descarta
SIGNOS = {"publicado": "publicado", "sin_cambios": "al día", "fallido": "FALLÓ"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suceso:
    """Una corrida que ya terminó: de qué corte, qué dio y con qué código sale."""

    corte: str
    resultados: tuple[Resultado, ...]
    avisos: tuple[str, ...]
    segundos: float
    error: str = ""  # el que la detuvo, si no fue de un informe
    codigo_error: int = 0

    @property
    def codigo_salida(self) -> int:
        """Código con que termina la orden."""
        return max([self.codigo_error, *(r.codigo_salida for r in self.resultados)])

    @property
    def estado(self) -> str:
        """completo, con_fallas (se publicó lo demás) o detenido."""
        if self.error:
            return "detenido"
        return "con_fallas" if self.codigo_salida else "completo"

    def como_datos(self) -> dict[str, Any]:
        """Lo que se guarda en resultado.json y lo que recibe la orden de aviso."""
        return {
            "corte": self.corte,
            "estado": self.estado,
            "codigo_salida": self.codigo_salida,
            "error": self.error,
            "avisos": list(self.avisos),
            "informes": [
                {"nombre": r.nombre, "estado": r.estado, "causa": r.causa, "motivo": r.motivo}
                for r in self.resultados
            ],
        }


def anotar(carpeta: Path, suceso: Suceso) -> None:
    """Agrega la corrida a bitacora.txt y reemplaza resultado.json; si no hubo nada que hacer, no toca nada.

    No nombra rutas ni usuarios del equipo. Levanta OSError si no se puede escribir.
    """
    datos = suceso.como_datos()
    sin_novedad = not suceso.error and all(r.estado == "sin_cambios" for r in suceso.resultados)
    if sin_novedad and (carpeta / RESULTADO).is_file():
        return
    carpeta.mkdir(parents=True, exist_ok=True)
    ahora = datetime.now(ZoneInfo("America/Bogota")).isoformat(timespec="seconds")
    escribir_json(carpeta / RESULTADO, datos | {"terminado_en": ahora, "segundos": round(suceso.segundos, 1)})
    ruta = carpeta / BITACORA
    previa = ruta.read_text(encoding="utf-8") if ruta.is_file() else ""
    texto = (previa + "\n".join(_renglones(suceso, ahora)) + "\n")[-MAXIMO_DE_BYTES:]
    escribir(ruta, texto)


def _renglones(suceso: Suceso, ahora: str) -> list[str]:
    hechos = [r for r in suceso.resultados if r.estado != "sin_cambios"]
    renglones = [f"{ahora} corte {suceso.corte}: {suceso.estado.replace('_', ' ')}, {suceso.segundos:.0f} s"]
    renglones += [
        f"  {SIGNOS[r.estado]} {r.nombre} ({r.segundos:.1f} s): {r.motivo or r.causa}" for r in hechos
    ]
    renglones += [f"  al día: {len(suceso.resultados) - len(hechos)}"]
    renglones += [f"  aviso: {aviso}" for aviso in suceso.avisos]
    return [*renglones, *([f"  error: {suceso.error}"] if suceso.error else [])]


def avisar_falla(orden: Sequence[str], suceso: Suceso, segundos: int = 60) -> str:
    """Ejecuta la orden externa con el resultado en JSON por su entrada; devuelve qué salió mal, o vacío.

    Se ejecuta sin intérprete de órdenes: cada parte de `orden` llega tal cual, y nada de un libro llega como
    argumento. Que falle el aviso no cambia el resultado de la corrida.
    """
    if not orden or not suceso.codigo_salida:
        return ""
    datos = json.dumps(suceso.como_datos(), ensure_ascii=False)
    try:
        hecho = subprocess.run(  # noqa: S603 — la orden es de la configuración de la entidad, sin intérprete
            list(orden), input=datos, text=True, capture_output=True, timeout=segundos, check=False
        )
    except FileNotFoundError:
        return f"no se pudo avisar: no existe la orden {Path(orden[0]).name}"
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"no se pudo avisar: la orden {Path(orden[0]).name} no terminó ({type(error).__name__})"
    return "" if hecho.returncode == 0 else f"la orden de aviso terminó con código {hecho.returncode}"
