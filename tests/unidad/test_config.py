"""Configuración: toda clave desconocida o mal escrita se dice con la más parecida."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from pipeline.config import (
    Avisos,
    Calendario,
    Config,
    Corrida,
    Entregas,
    Umbrales,
    cargar_config,
    hallar_raiz,
    leer_corte,
)
from pipeline.errores import ErrorConfiguracion

PROYECTO = Path(__file__).resolve().parents[2]
MINIMA = """
[entidad]
nombre = "Alcaldía de Prueba"
dane = "73001"
departamento = "Tolima"
plan = "Plan"
cuatrienio = [2024, 2027]
oficina = "Planeación"

[[dependencias]]
codigo = "SSAL"
nombre = "Secretaría de Salud"
"""


def _escribir(carpeta: Path, texto: str) -> Path:
    (carpeta / "seguimiento.toml").write_text(texto, encoding="utf-8")
    return carpeta


def test_la_configuracion_de_ibague_tiene_25_dependencias() -> None:
    assert len(cargar_config(PROYECTO).dependencias) == 25


def test_clave_desconocida_nombra_la_mas_parecida(tmp_path: Path) -> None:
    with pytest.raises(ErrorConfiguracion, match="¿Quiso decir «tope»?"):
        cargar_config(_escribir(tmp_path, MINIMA + "\n[metodo]\ntopee = 1.0\n"))


@pytest.mark.parametrize(
    ("linea", "frase"),
    [
        ('[metodo]\nagregacion = "promedio"', "ponderada"),
        ("[metodo]\ntope = 5.0", "2.0"),
        ("[metodo.bandas]\nbajo = 0.9", "crecientes"),
        ('[entregas]\nconsolidada_por = "NADIE"', "NADIE"),
        ("[calendario]\ndias_habiles_de_plazo = -1", "mayor o igual que 0"),
    ],
)
def test_valor_no_admitido_dice_lo_que_se_admite(tmp_path: Path, linea: str, frase: str) -> None:
    with pytest.raises(ErrorConfiguracion, match=frase):
        cargar_config(_escribir(tmp_path, f"{MINIMA}\n{linea}\n"))


@pytest.mark.parametrize(
    ("linea", "frase"),
    [
        (
            '[calendario.vencimientos]\n"2025-t1" = 2025-04-16',
            "«calendario.vencimientos.2025-t1»: «2025-t1» no es un corte; escríbalo como 2025-T1.",
        ),
        ('[calendario.vencimientos]\n"2025-T9" = 2025-04-16', "«2025-T9» no es un corte"),
        (
            '[calendario.vencimientos]\n"2035-T1" = 2035-04-16',
            "«calendario.vencimientos»: el corte «2035-T1» está fuera del cuatrienio",
        ),
        ('[entregas]\ndesde = { poai = "2025" }', "«entregas.desde.poai»: «2025» no es un corte"),
    ],
)
def test_un_corte_mal_escrito_en_la_configuracion_no_se_ignora(
    tmp_path: Path, linea: str, frase: str
) -> None:
    with pytest.raises(ErrorConfiguracion, match=re.escape(frase)):
        cargar_config(_escribir(tmp_path, f"{MINIMA}\n{linea}\n"))


def test_dependencia_repetida_es_error(tmp_path: Path) -> None:
    repetida = '\n[[dependencias]]\ncodigo = "SSAL"\nnombre = "Otra"\n'
    with pytest.raises(ErrorConfiguracion, match="SSAL"):
        cargar_config(_escribir(tmp_path, MINIMA + repetida))


def test_el_predeterminado_dnp_no_tiene_tope_y_lo_explicito_manda(tmp_path: Path) -> None:
    texto = MINIMA + '\n[metodo]\npredeterminado = "dnp"\nagregacion = "ponderada"\n'
    metodo = cargar_config(_escribir(tmp_path, texto)).metodo.metodo()
    assert (metodo.nombre, metodo.tope, metodo.agregacion) == ("dnp", None, "ponderada")


def test_toml_mal_escrito_se_dice_sin_traza(tmp_path: Path) -> None:
    with pytest.raises(
        ErrorConfiguracion, match="TOML mal escrito al final del archivo. Revise ahí comillas"
    ):
        cargar_config(_escribir(tmp_path, "[entidad"))


def test_vigencia_fuera_del_cuatrienio_dice_el_rango(tmp_path: Path) -> None:
    config = cargar_config(_escribir(tmp_path, MINIMA))
    with pytest.raises(ErrorConfiguracion, match="entre 2024 y 2027"):
        leer_corte(2030, "T1", config)
    with pytest.raises(ErrorConfiguracion, match="¿Quiso decir «T1»?"):
        leer_corte(2025, "t1", config)


def test_la_raiz_se_halla_desde_una_carpeta_interior(tmp_path: Path) -> None:
    interior = tmp_path / "notebooks"
    interior.mkdir()
    assert hallar_raiz(_escribir(tmp_path, MINIMA) / "notebooks") == tmp_path.resolve()


def test_lo_comentado_en_seguimiento_toml_existe_y_no_falta_ninguna_clave() -> None:
    texto = (PROYECTO / "seguimiento.toml").read_text(encoding="utf-8")
    descomentado = re.sub(r'^# (?=\[(corrida|avisos|techos)\]|[a-z_]+ = |"1\.2)', "", texto, flags=re.M)
    puesta = Config.model_validate(tomllib.loads(descomentado))
    assert puesta.umbrales == Config.model_validate(tomllib.loads(texto)).umbrales  # dice lo que vale
    assert puesta.corrida == Corrida()
    for seccion in (Calendario, Corrida, Avisos, Entregas, Umbrales):
        for clave in seccion.model_fields:
            assert f"\n{clave} = " in descomentado, clave
