"""Recepción: nada se pierde, nada se reemplaza, y lo que no es un libro se dice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from pipeline import recepcion
from pipeline.config import Config, Rutas
from pipeline.errores import ErrorConfiguracion, ErrorEntorno, ErrorLibro
from pipeline.modelo import Corte, Periodo

CORTE = Corte(vigencia=2025, periodo=Periodo.T1)
CONFIG = Config.model_validate(
    {
        "entidad": {
            "nombre": "Alcaldía de Prueba",
            "dane": "73001",
            "departamento": "Tolima",
            "plan": "Plan",
            "cuatrienio": [2024, 2027],
            "oficina": "Planeación",
        },
        "dependencias": [
            {"codigo": "SSAL", "nombre": "Secretaría de Salud"},
            {"codigo": "SEDU", "nombre": "Secretaría de Educación"},
        ],
    }
)


def _libro(carpeta: Path, contenido: bytes = b"contenido", nombre: str = "salud.xlsx") -> Path:
    ruta = carpeta / nombre
    ruta.write_bytes(contenido)
    return ruta


def _recibir(archivo: Path, raiz: Path, dia: str = "2025-04-10T15:30:00") -> recepcion.Recepcion:
    return recepcion.recibir_libro(
        archivo,
        rutas=Rutas(raiz),
        config=CONFIG,
        corte=CORTE,
        instrumento="pi",
        dependencia="SSAL",
        recibido_en=datetime.fromisoformat(dia),
    )


def test_el_libro_queda_identico_en_data_raw(tmp_path: Path) -> None:
    ficha = _recibir(_libro(tmp_path), tmp_path)
    guardado = tmp_path / "data" / "raw" / ficha.ruta
    assert guardado.read_bytes() == b"contenido"
    assert ficha.ruta.startswith("2025/T1/pi/SSAL/20250410T153000__")


def test_el_mismo_archivo_no_crea_otra_version(tmp_path: Path) -> None:
    libro = _libro(tmp_path)
    _recibir(libro, tmp_path)
    segunda = _recibir(libro, tmp_path, "2025-04-12T08:00:00")
    assert segunda.repetida
    assert len(recepcion.leer_recepciones(Rutas(tmp_path), CORTE, "pi")) == 1


def test_una_correccion_es_otra_version_y_la_primera_se_conserva(tmp_path: Path) -> None:
    primera = _recibir(_libro(tmp_path), tmp_path)
    segunda = _recibir(_libro(tmp_path, b"corregido"), tmp_path, "2025-04-12T08:00:00")
    assert (primera.version, segunda.version) == (1, 2)
    assert (tmp_path / "data" / "raw" / primera.ruta).read_bytes() == b"contenido"


@pytest.mark.parametrize(
    ("nombre", "contenido", "frase"),
    [
        ("~$salud.xlsx", b"x" * 165, "archivo temporal"),
        ("salud.exe", b"x", "no es un libro"),
        ("salud.xlsx", b"", "está vacío"),
    ],
)
def test_lo_que_no_es_un_libro_se_rechaza_diciendo_por_que(
    tmp_path: Path, nombre: str, contenido: bytes, frase: str
) -> None:
    with pytest.raises(ErrorLibro, match=frase):
        _recibir(_libro(tmp_path, contenido, nombre), tmp_path)
    assert recepcion.leer_recepciones(Rutas(tmp_path), CORTE, "pi") == []


def test_dependencia_mal_escrita_sugiere_la_mas_parecida(tmp_path: Path) -> None:
    with pytest.raises(ErrorConfiguracion, match="SSAL"):
        recepcion.recibir_libro(
            _libro(tmp_path),
            rutas=Rutas(tmp_path),
            config=CONFIG,
            corte=CORTE,
            instrumento="pi",
            dependencia="SSALL",
            recibido_en=datetime.fromisoformat("2025-04-10T15:30:00"),
        )


def test_libro_sin_hoja_de_control_pide_la_dependencia(tmp_path: Path) -> None:
    with pytest.raises(ErrorLibro, match="--dependencia"):
        recepcion.reconocer_dependencia(_libro(tmp_path), CONFIG)


def test_entregas_incluye_a_quien_no_entrego(tmp_path: Path) -> None:
    _recibir(_libro(tmp_path), tmp_path)
    fichas = recepcion.leer_recepciones(Rutas(tmp_path), CORTE, "pi")
    entregas = recepcion.armar_entregas(fichas, config=CONFIG, corte=CORTE, instrumento="pi")
    ausente = entregas[entregas["dependencia"] == "SEDU"].iloc[0]
    assert (ausente["estado"], ausente["oportunidad"], ausente["version"]) == (
        "no_entregada",
        "no_entregada",
        0,
    )


def test_la_mora_se_cuenta_en_dias_habiles(tmp_path: Path) -> None:
    # El plazo (10 días hábiles) vence el lunes 14 de abril de 2025; 17 y 18 son Jueves y Viernes Santo,
    # así que el lunes 21 es el tercer día hábil de mora (15, 16 y 21).
    _recibir(_libro(tmp_path), tmp_path, "2025-04-21T09:00:00")
    fichas = recepcion.leer_recepciones(Rutas(tmp_path), CORTE, "pi")
    entregas = recepcion.armar_entregas(fichas, config=CONFIG, corte=CORTE, instrumento="pi")
    fila = entregas[entregas["dependencia"] == "SSAL"].iloc[0]
    assert (fila["vence"], fila["oportunidad"], fila["dias_mora"]) == ("2025-04-14", "tardia", 3)


def test_sin_plan_importado_se_dice_como_importarlo(tmp_path: Path) -> None:
    with pytest.raises(ErrorEntorno, match="plan importar"):
        recepcion.plan_vigente(Rutas(tmp_path))


def test_el_ultimo_plan_importado_es_el_vigente(tmp_path: Path) -> None:
    rutas = Rutas(tmp_path)
    for texto, dia in ((b"uno", "2025-01-02"), (b"dos", "2025-02-03")):
        recepcion.importar_plan(
            _libro(tmp_path, texto, "plan.xlsx"),
            rutas=rutas,
            formato="plan_propio",
            recibido_en=datetime.fromisoformat(dia),
        )
    vigente = recepcion.plan_vigente(rutas)
    assert (rutas.crudos / vigente.ruta).read_bytes() == b"dos"
