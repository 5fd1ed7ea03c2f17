"""En el PDF los letreros de las figuras son texto; lo que no se reconoce queda como estaba."""

from __future__ import annotations

import base64
import re
from xml.etree import ElementTree

import pandas as pd

from pipeline.graficos import cadena_del_dinero, mapa_de_calor
from pipeline.graficos.estilo import dibujar
from pipeline.informes.letras_de_figura import letras_como_texto


def _pagina(svg: bytes) -> str:
    return f'<img src="data:image/svg+xml;base64,{base64.b64encode(svg).decode()}" alt="x">'


def _dibujo(pagina: str) -> str:
    return base64.b64decode(pagina.split("base64,")[1].split('"')[0]).decode()


def test_los_letreros_quedan_como_texto_con_su_tamano_su_peso_y_sus_signos() -> None:
    def trazar(ejes: object) -> None:
        ejes.text(0, 0, "Año <2> & $5", fontsize=12, weight="bold")  # type: ignore[attr-defined]

    svg = dibujar(2.0, trazar)
    assert b"<use" in svg
    convertido = _dibujo(letras_como_texto(_pagina(svg)))
    assert "<use" not in convertido
    assert ">Año &lt;2&gt; &amp; $5</text>" in convertido
    assert 'font-size="12" font-weight="bold"' in convertido
    assert 'id="letras"' not in convertido  # los trazos de las letras ya no se citan


def test_ningun_letrero_de_un_mapa_de_calor_queda_como_trazos() -> None:
    serie = pd.DataFrame(
        {"codigo": ["A", "A"], "nombre": "Salud", "corte": ["2025-T1", "2025-T2"], "avance": [0.123, 0.987],
         "esperado": [0.5, 0.5], "cota_inferior": [0.123, 0.987], "cota_superior": [0.123, 0.987]}
    )  # fmt: skip
    figura = mapa_de_calor(serie, "2025 T2")
    assert figura is not None
    convertido = _dibujo(letras_como_texto(_pagina(figura.svg)))
    assert re.findall(r">([^<]+)</text>", convertido) == ["12,3", "98,7", "Salud", "2025 T1", "2025 T2"]
    assert "<use" not in convertido


def test_un_signo_que_no_se_imprime_no_rompe_el_dibujo() -> None:
    svg = dibujar(1.0, lambda ejes: ejes.text(0, 0, "Salud\x07 & <vida>"))
    titulos = [t.text for t in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}title")]
    assert titulos == ["Salud  & <vida>"]


def test_un_dibujo_ajeno_queda_igual() -> None:
    ajeno = b'<svg><defs><path id="OpenSans-41"/></defs><use xlink:href="#OpenSans-41"/></svg>'
    assert letras_como_texto(_pagina(ajeno)) == _pagina(ajeno)


def test_una_cifra_con_miles_llega_entera_al_pdf() -> None:
    cadena = pd.DataFrame({"etapa": ["Apropiación definitiva"], "valor_cop": [1_152_698.1e6], "razon": [1.0]})
    figura = cadena_del_dinero(cadena, "2025 T3")
    assert figura is not None
    assert ">1.152.698,1  (100,0 %)</text>" in _dibujo(letras_como_texto(_pagina(figura.svg)))
