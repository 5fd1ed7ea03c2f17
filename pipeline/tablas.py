"""Tablas accesibles en HTML: título, alcance, números es-CO y faltantes explicados. No calcula."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.archivos import leer_yml
from pipeline.errores import ErrorInforme
from pipeline.formato_es import (
    SIN_DATO,
    fecha_corta,
    millones,
    numero,
    pesos,
    porcentaje,
    puntos,
    sin_tildes,
)
from pipeline.hipertexto import ancla_de_libro, ancla_de_traza, enlazar_traza, texto_seguro
from pipeline.modelo import NOMBRES_DE_TIPO

RECURSOS = Path(__file__).parent / "recursos"
ETIQUETA = re.compile(r"<[^>]+>")
ANCHO_MAXIMO = {
    "texto": 24,
    "valor": 24,
    "largo": 38,
    "huella": 24,
    "codigo": 40,
}  # letras; lo que pase de ahí se parte en renglones
BANDAS_EN_PALABRAS = {"no_programada": "nada_esperado"}
"""Una meta puede estar programada en el año y no tener color: «no programada» sería otra cosa."""
LETRAS_DEL_PDF = 126  # las que caben a lo ancho de una página, con la letra de las tablas
LETRAS_A_LO_ANCHO = {"compacta": 170, "matriz apaisada": 200, "apaisada": 185, "matriz": 140}
SE_PARTEN = {
    "texto",
    "largo",
    "valor",
    "tipo",
    "marca",
    "semaforo",
}  # formatos cuyo texto puede seguir en otro renglón
PALABRA_MAS_LARGA = 22  # una que pase de ahí no es del español: se parte, y no le quita el ancho a las fechas
LLAVES_DE_TRAZA = {
    "meta": ["codigo_meta"],
    "nodo": ["nivel", "codigo"],
    "actividad": ["id_actividad"],
}
NUMERICOS = {"entero", "numero", "indice", "porcentaje", "puntos", "impacto", "pesos", "millones"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columna:
    """Una columna que se muestra.

    `formato`: texto, largo, codigo, fecha (con la hora si la trae), valor (texto que puede ser una fecha),
    tipo (el de una meta), huella, entero, numero, indice (dos decimales), porcentaje, puntos (con signo),
    impacto (sin signo), pesos, millones, semaforo o marca.
    `motivo`: por qué puede faltar el dato; sale en la nota de la tabla si de verdad falta.
    `traza`: la cifra enlaza con su bloque del anexo de trazas; «meta» lo halla por `codigo_meta`,
    «actividad» por `id_actividad` y «nodo» por `nivel` y `codigo`. `ancla`: «libro» hace de la celda, que
    trae un SHA-256, el destino de los enlaces a ese libro. `enlace`: el campo con la dirección relativa a la
    que lleva la celda; si está vacío, la celda no enlaza.
    """

    campo: str
    titulo: str
    formato: str = "texto"
    motivo: str = ""
    traza: str = ""
    ancla: str = ""
    enlace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabla:
    """Una tabla lista para un cuaderno; su HTML ya viene escapado."""

    titulo: str
    filas: int
    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"Tabla «{self.titulo}» ({self.filas} filas)"


def tabla(
    datos: pd.DataFrame,
    columnas: Sequence[Columna],
    *,
    titulo: str,
    nota: str = "",
    vacia: str = "No hay filas que mostrar.",
    clase: str = "",
    maximo_pdf: int | None = None,
    total: str | None = None,
) -> Tabla:
    """Tabla de `datos` con las `columnas` en orden; la primera encabeza cada fila.

    `maximo_pdf` limita las filas de la edición PDF, que dice cuántas faltan; `total` es el valor de la
    primera columna que marca la fila de total; `clase` admite «apaisada», «matriz», «solo-html» y
    «solo-pdf». Sin filas sale `vacia`, o nada si otra celda ya lo dice.

    Levanta ErrorInforme si el título está vacío o falta una columna en los datos.

    >>> columnas = [Columna(campo="x", titulo="Avance", formato="porcentaje")]
    >>> "41,3 %" in tabla(pd.DataFrame({"x": [0.4125]}), columnas, titulo="Prueba").html
    True
    """
    _revisar(datos, columnas, titulo)
    if datos.empty:
        return Tabla(titulo=titulo, filas=0, html=_vacia(vacia, clase))
    celdas, identificador = [_contenidos(datos, c) for c in columnas], _identificador(titulo)
    limite = None if "solo-html" in clase else maximo_pdf
    cuerpo = "\n".join(_filas(celdas, columnas, total, limite))
    pie = _notas(nota, _nota_de_faltantes(datos, columnas)) + _nota_de_corte(len(datos), limite)
    encabezado = f"<thead><tr>{''.join(map(_celda_de_encabezado, columnas))}</tr></thead>"
    marco = (
        f'<div class="tabla {clase}"><div class="desplazable" role="region" tabindex="0" '
        f'aria-labelledby="{identificador}"><table>'
        f'<caption id="{identificador}"><span>{html.escape(titulo)}</span></caption>'
        f"{_anchos(celdas, columnas, clase)}{encabezado}\n"
        f"<tbody>\n{cuerpo}\n</tbody></table></div>{pie}</div>"
    )
    return Tabla(titulo=titulo, filas=len(datos), html=_solo_html(marco) if "solo-html" in clase else marco)


def _vacia(frase: str, clase: str) -> str:
    """La frase de una tabla sin filas; no pide girar la hoja."""
    clases = " ".join(["vacio", *(c for c in clase.split() if c != "apaisada")])
    return f'<p class="{clases}">{html.escape(frase)}</p>' if frase else ""


def _notas(*notas: str) -> str:
    return "".join(f'<p class="nota">{html.escape(n)}</p>' for n in notas if n)


def _revisar(datos: pd.DataFrame, columnas: Sequence[Columna], titulo: str) -> None:
    pedidos = [campo for c in columnas for campo in (c.campo, *LLAVES_DE_TRAZA.get(c.traza, ()))]
    ausentes = [campo for campo in dict.fromkeys(pedidos) if campo not in datos.columns]
    if ausentes:
        raise ErrorInforme(f"a los datos de la tabla «{titulo}» les falta: {', '.join(ausentes)}")
    if not titulo.strip():
        raise ErrorInforme("una tabla no puede publicarse sin título")


def tabla_del_informe(nombre: str, datos: pd.DataFrame) -> Tabla:
    """La tabla que `recursos/tablas.yml` describe con ese nombre (título, columnas, notas) sobre `datos`.

    Levanta ErrorInforme si el nombre no está.
    """
    descripcion = dict(_descripciones().get(nombre) or {})
    if not descripcion:
        raise ErrorInforme(f"recursos/tablas.yml no describe la tabla «{nombre}»")
    columnas = [Columna(**c) for c in descripcion.pop("columnas")]
    return tabla(datos, columnas, **descripcion)


@cache
def _descripciones() -> dict[str, Any]:
    return dict(leer_yml((RECURSOS / "tablas.yml").read_text(encoding="utf-8")))


@cache
def _semaforos() -> dict[str, dict[str, str]]:
    return dict(leer_yml((RECURSOS / "semaforo.yml").read_text(encoding="utf-8")))


def _celda_de_encabezado(columna: Columna) -> str:
    clase = ' class="num"' if columna.formato in NUMERICOS else ""
    titulo = html.escape(columna.titulo).replace(" $)", "&nbsp;$)")  # el signo, con su palabra
    return f'<th scope="col"{clase}>{titulo}</th>'


def _filas(
    celdas: Sequence[Sequence[str]], columnas: Sequence[Columna], total: str | None, maximo_pdf: int | None
) -> list[str]:
    filas = []
    for numero_de_fila, textos in enumerate(zip(*celdas, strict=True)):
        marca = ' class="total"' if total is not None and textos[0] == texto_seguro(total) else ""
        puestas = [
            _celda(t, c, es_primera=i == 0) for i, (t, c) in enumerate(zip(textos, columnas, strict=True))
        ]
        fila = f"<tr{marca}>{''.join(puestas)}</tr>"
        sobra = maximo_pdf is not None and numero_de_fila >= maximo_pdf and not marca
        filas.append(_solo_html(fila) if sobra else fila)
    return filas


def _solo_html(fragmento: str) -> str:
    """Fragmento que el PDF quita antes de componer (informes/pdf.py); ocultarlo con CSS costaría igual."""
    return f"<!--solo-html-->{fragmento}<!--/solo-html-->"


def _contenidos(datos: pd.DataFrame, columna: Columna) -> list[str]:
    """Los textos de una columna, con su enlace a la traza o su ancla si los lleva."""
    textos = [_formatear(v, columna) for v in datos[columna.campo]]
    if columna.traza:
        llaves = datos[LLAVES_DE_TRAZA[columna.traza]].itertuples(index=False, name=None)
        anclas = [ancla_de_traza(*((columna.traza, *k) if len(k) == 1 else k)) for k in llaves]
        return [enlazar_traza(t, a) for t, a in zip(textos, anclas, strict=True)]
    if columna.enlace:
        destinos = datos[columna.enlace]
        return [_enlazar(t, d) for t, d in zip(textos, destinos, strict=True)]
    if columna.ancla == "libro":
        repetidas = datos[columna.campo].duplicated()
        return [
            t if repetida or _falta(v) else f'<span id="{ancla_de_libro(v)}">{t}</span>'
            for t, v, repetida in zip(textos, datos[columna.campo], repetidas, strict=True)
        ]
    return textos


def _enlazar(texto: str, destino: object) -> str:
    return texto if _falta(destino) else f'<a href="{html.escape(str(destino))}">{texto}</a>'


def _formatear(valor: Any, columna: Columna) -> str:
    return f'<span class="falta">{SIN_DATO}</span>' if _falta(valor) else FORMATOS[columna.formato](valor)


def _celda(contenido: str, columna: Columna, *, es_primera: bool) -> str:
    clases = _clase_de(columna.formato)
    atributo = f' class="{clases}"' if clases else ""
    return f'<th scope="row"{atributo}>{contenido}</th>' if es_primera else f"<td{atributo}>{contenido}</td>"


def _anchos(celdas: Sequence[Sequence[str]], columnas: Sequence[Columna], clase: str) -> str:
    """Anchos de columna en proporción a su contenido; si no caben todos, cede el texto que se puede partir.

    El PDF compone con anchos fijos: dejar que los halle recorriendo cada celda era la mitad de su tiempo.
    """
    letras = [_letras(textos, columna) for textos, columna in zip(celdas, columnas, strict=True)]
    minimas = [_minimas(textos, columna) for textos, columna in zip(celdas, columnas, strict=True)]
    sobra = sum(letras) - next((n for c, n in LETRAS_A_LO_ANCHO.items() if c in clase), LETRAS_DEL_PDF)
    ceden = sum(n - m for n, m in zip(letras, minimas, strict=True))
    parte = min(max(sobra / ceden, 0.0), 1.0) if ceden else 0.0
    anchos = [n - parte * (n - m) for n, m in zip(letras, minimas, strict=True)]
    columnas_html = "".join(f'<col style="width:{100 * n / sum(anchos):.1f}%">' for n in anchos)
    return f"<colgroup>{columnas_html}</colgroup>"


def _letras(textos: Sequence[str], columna: Columna) -> float:
    """Letras que quisiera la columna: su contenido más largo, hasta el tope de su formato."""
    contenido = max(map(_largo, textos))
    tope = ANCHO_MAXIMO.get(columna.formato, 24)
    return max(_palabra_del_titulo(columna), min(contenido, tope) + _margen(columna))


def _minimas(textos: Sequence[str], columna: Columna) -> float:
    """Letras con que nada se monta en la columna vecina: entero lo que no se parte; lo demás, por palabra."""
    if columna.formato in SE_PARTEN:
        contenido = max(max(map(len, _llano(t).split()), default=0) for t in textos)
        return max(_palabra_del_titulo(columna), min(contenido, PALABRA_MAS_LARGA) + _margen(columna))
    return _letras(textos, columna)


def _palabra_del_titulo(columna: Columna) -> float:
    return max(len(p) for p in columna.titulo.split()) * 1.15 + 2  # va en negrita y con los bordes


def _margen(columna: Columna) -> int:
    """Letras que ocupan los bordes de la celda y la forma del semáforo."""
    if columna.formato in {"semaforo", "marca"}:
        return 5
    return 4 if columna.formato in {"codigo", *SE_PARTEN} else 3


def _llano(contenido: str) -> str:
    return html.unescape(ETIQUETA.sub("", contenido))


def _largo(contenido: str) -> int:
    return len(_llano(contenido))


def _clase_de(formato: str) -> str:
    if formato in NUMERICOS:
        return "num"
    return {
        "codigo": "cod",
        "fecha": "cod",
        "huella": "cod huella",
        "largo": "largo",
        "semaforo": "semaforo",
        "marca": "semaforo",
    }.get(formato, "")


def _semaforo(valor: object) -> str:
    """Palabra, forma y color, en ese orden de importancia."""
    estado = _semaforos().get(str(valor))
    if estado is None:
        return texto_seguro(valor)
    forma = f'<span class="forma" aria-hidden="true" style="color:{estado["color"]}">{estado["forma"]}</span>'
    return f"{forma}{html.escape(estado['palabra'])}"


FORMATOS: dict[str, Callable[[Any], str]] = {
    "texto": texto_seguro,
    "largo": texto_seguro,
    "codigo": texto_seguro,
    "fecha": lambda v: texto_seguro(fecha_corta(v)),
    "valor": lambda v: texto_seguro(fecha_corta(v)),
    "tipo": lambda v: texto_seguro(NOMBRES_DE_TIPO.get(str(v), v)),
    "huella": texto_seguro,
    "entero": lambda v: numero(float(v), 0),
    "numero": lambda v: numero(float(v)),
    "indice": lambda v: numero(float(v), 2),
    "porcentaje": lambda v: porcentaje(float(v)),
    "puntos": lambda v: puntos(float(v), 2),
    "impacto": lambda v: puntos(float(v), 2).lstrip("+"),
    "pesos": lambda v: pesos(float(v)),
    "millones": lambda v: millones(float(v)),
    "semaforo": lambda v: _semaforo(BANDAS_EN_PALABRAS.get(str(v), str(v))),
    "marca": _semaforo,
}


def _falta(valor: Any) -> bool:
    return valor is None or valor is pd.NA or (isinstance(valor, float) and valor != valor) or valor == ""


def _nota_de_faltantes(datos: pd.DataFrame, columnas: Sequence[Columna]) -> str:
    con_faltantes = [c for c in columnas if datos[c.campo].map(_falta).any()]
    if not con_faltantes:
        return ""
    motivos = [f"{c.titulo}: {c.motivo}" for c in con_faltantes if c.motivo]
    return f"{SIN_DATO} = sin dato{'. ' if motivos else ''}{'; '.join(motivos)}."


def _nota_de_corte(todas: int, maximo_pdf: int | None) -> str:
    if maximo_pdf is None or todas <= maximo_pdf:
        return ""
    cuantas = f"{numero(maximo_pdf, 0)} de {numero(todas, 0)} filas"
    return f'<p class="nota solo-pdf">Aquí van {cuantas}; todas están en la edición HTML del informe.</p>'


def _identificador(titulo: str) -> str:
    """Id estable a partir del título; dos tablas no pueden llamarse igual en un informe."""
    return "tabla-" + re.sub(r"[^a-z0-9]+", "-", sin_tildes(titulo)).strip("-")
