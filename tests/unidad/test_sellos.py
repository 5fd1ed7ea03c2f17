"""La cadena de sellos: quitar, cambiar, intercalar o dañar uno se nota, y ninguno se reemplaza."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import sellos
from pipeline.errores import ErrorConfiguracion, ErrorEntorno

ACTO = {
    "corte": "2025-T1",
    "fecha": "2025-05-08",
    "autoridad": "Secretario",
    "motivo": "Cierre",
    "codigo": "c",
}


@pytest.fixture
def crudos(tmp_path: Path) -> Path:
    """Tres sellos: se cierra, se reabre y se cierra otra vez."""
    for clase in ("cierre", "reapertura", "cierre"):
        sellos.poner_sello(tmp_path / "raw", ACTO | {"clase": clase})
    return tmp_path / "raw"


def _ruta(crudos: Path, numero: int) -> Path:
    return crudos / "sellos" / f"{numero:04d}.json"


def test_cada_sello_trae_la_huella_del_anterior(crudos: Path) -> None:
    primero, segundo, tercero = sellos.leer_sellos(crudos)
    assert (primero.numero, primero.anterior) == (1, "")
    assert segundo.anterior == sellos.huella_del_sello(crudos, primero)
    assert tercero.anterior == sellos.huella_del_sello(crudos, segundo)
    assert sellos.faltas_de_la_cadena(crudos) == []
    assert sellos.ultimo_del_corte([primero, segundo, tercero], "2025-T1", "reapertura") == segundo


def test_quitar_uno_de_la_mitad_se_nota(crudos: Path) -> None:
    _ruta(crudos, 2).unlink()
    assert sellos.faltas_de_la_cadena(crudos) == ["0003.json: se esperaba el sello 2"]


def test_cambiar_uno_se_nota_en_el_siguiente(crudos: Path) -> None:
    ruta = _ruta(crudos, 2)
    ruta.write_text(ruta.read_text(encoding="utf-8").replace("Secretario", "Alcaldesa"), encoding="utf-8")
    assert sellos.faltas_de_la_cadena(crudos) == [
        "0003.json: no encadena con el sello anterior, que cambió después de puesto"
    ]


def test_intercalar_uno_se_nota(crudos: Path) -> None:
    intruso = _ruta(crudos, 2).read_text(encoding="utf-8")
    (crudos / "sellos" / "0002b.json").write_text(intruso, encoding="utf-8")
    assert sellos.faltas_de_la_cadena(crudos) == ["0002b.json: se esperaba el sello 3"]


def test_uno_danado_no_se_pasa_por_alto(crudos: Path) -> None:
    _ruta(crudos, 1).write_text("{", encoding="utf-8")
    with pytest.raises(ErrorEntorno, match="0001.json: el sello está dañado"):
        sellos.leer_sellos(crudos)


def test_un_sello_sin_autoridad_no_se_pone(crudos: Path) -> None:
    with pytest.raises(ErrorConfiguracion, match="el sello necesita autoridad"):
        sellos.poner_sello(crudos, ACTO | {"clase": "cierre", "autoridad": " "})
    assert len(sellos.leer_sellos(crudos)) == 3
