"""Texto ajeno y enlaces dentro de un HTML: escapar, anclar y enlazar cada cifra con su traza. Nada más."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata

from pipeline.formato_es import SIN_DATO, numero, sin_partir

MAXIMO_DE_LETRAS = 400  # un texto más largo se corta a la vista, diciendo cuánto falta
MAXIMO_DE_ANCLA = 100
PALABRA_ENORME = re.compile(r"\S{200,}")
LETRAS_A_LA_VISTA = 60  # de una palabra enorme
INVISIBLES = {"Cc", "Cf", "Cs", "Co"}  # controles, marcas de dirección: se ven como �, no actúan
INVISIBLES_DE_UNA_PAGINA = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
HACIA_ATRAS = {"R", "AL", "AN"}  # clases de dirección de Unicode que van de derecha a izquierda
PRIMERA_HACIA_ATRAS = "\u0590"  # antes, ninguna letra se escribe de derecha a izquierda
ANEXO = "anexo-de-trazas"
ENLACE = re.compile(r'<a class="traza"[^>]*>(.*?)</a>', re.DOTALL)
PIE_DE_TRAZA = re.compile(r'<p class="fuente pie-de-traza">.*?</p>', re.DOTALL)


def texto_seguro(valor: object) -> str:
    """Texto ajeno como texto: escapado y con los caracteres invisibles a la vista.

    Si trae escritura de derecha a izquierda va aislado (`bdi`), para que no desordene lo que lo rodea. Una
    cifra no se separa de su signo (% o $) al pasar de renglón.

    >>> texto_seguro("=1+1 <script>"), texto_seguro("א1")
    ('=1+1 &lt;script&gt;', '<bdi>א1</bdi>')
    """
    limpio = str(valor)
    if not limpio.isprintable():  # casi ninguno trae controles, y mirar letra por letra es lo caro
        limpio = "".join(
            c if c in "\n\t" or unicodedata.category(c) not in INVISIBLES else "\ufffd" for c in limpio
        )
    sobrante = len(limpio) - MAXIMO_DE_LETRAS
    if sobrante > 0:
        limpio = limpio[:MAXIMO_DE_LETRAS] + _cuanto_falta(sobrante)
    escrito = html.escape(sin_partir(limpio))
    es_llano = limpio.isascii() or not any(
        unicodedata.bidirectional(c) in HACIA_ATRAS for c in limpio if c >= PRIMERA_HACIA_ATRAS
    )
    return escrito if es_llano else f"<bdi>{escrito}</bdi>"


def mostrar_invisibles(pagina: str) -> str:
    r"""La página entera con los controles y las marcas de dirección a la vista (�), antes de escribirla.

    Es la red de todo texto ajeno que llegue por una frase, una figura o una plantilla sin `texto_seguro`.

    >>> mostrar_invisibles("<p>de \u202eatrás\u202c\n</p>")
    '<p>de �atrás�\n</p>'
    """
    return INVISIBLES_DE_UNA_PAGINA.sub("\ufffd", pagina)


def recortar_palabras(texto: str) -> str:
    """El texto con sus palabras enormes cortadas a la vista: componer una de miles de letras tarda minutos.

    >>> recortar_palabras("dice " + "x" * 500).replace("x" * 60, "X")
    'dice X… [440 caracteres más en el libro]'
    """
    return PALABRA_ENORME.sub(
        lambda p: f"{p[0][:LETRAS_A_LA_VISTA]}{_cuanto_falta(len(p[0]) - LETRAS_A_LA_VISTA)}", texto
    )


def _cuanto_falta(letras: int) -> str:
    return f"… [{numero(letras, 0)} caracteres más en el libro]"


def sanear(codigo: object) -> str:
    """Código apto para un ancla; dos códigos distintos dan siempre dos anclas distintas.

    Lo que no es letra ni dígito ASCII, punto o guion va como `_<punto de código>_`; el que quede muy largo,
    como su SHA-256.

    >>> sanear("MP-001"), sanear('1.2"><b')
    ('MP-001', '1.2_22__3e__3c_b')
    """
    limpio = re.sub(r"[^A-Za-z0-9.-]", lambda c: f"_{ord(c.group()):x}_", str(codigo))
    if len(limpio) <= MAXIMO_DE_ANCLA:
        return limpio
    # Ningún código saneado empieza por «_» sin cerrarlo con otro: esta forma no choca con aquella.
    return "_" + hashlib.sha256(str(codigo).encode("utf-8", "surrogatepass")).hexdigest()


def ancla_de_traza(nivel: str, codigo: object) -> str:
    """Id del bloque que explica una meta (`nivel` «meta») o un nodo.

    >>> ancla_de_traza("dependencia", "SSAL")
    'traza-dependencia-SSAL'
    """
    return f"traza-{nivel}-{sanear(codigo)}"


def ancla_de_libro(sha256: str) -> str:
    """Id de la fila que trae la huella completa de un libro."""
    return f"libro-{sanear(sha256)[:16]}"


def enlazar_traza(contenido: str, ancla: str) -> str:
    """La cifra (HTML ya escrito) como enlace a su traza; dice a qué va a quien no ve la página.

    >>> enlazar_traza("45,7 %", "traza-meta-M1")
    '<a class="traza" href="#traza-meta-M1" aria-label="45,7 %: de dónde sale">45,7 %</a>'
    """
    visible = re.sub(r"<[^>]+>", "", contenido)
    a_que_va = "por qué no hay dato" if visible == SIN_DATO else "de dónde sale"
    return f'<a class="traza" href="#{ancla}" aria-label="{visible}: {a_que_va}">{contenido}</a>'


def pie_de_traza(ancla: str) -> str:
    """Renglón bajo una figura que lleva a las trazas de sus cifras."""
    enlace = f'<a class="traza" href="#{ancla}">De dónde salen las cifras</a>'
    return f'<p class="fuente pie-de-traza">{enlace}</p>'


def quitar_enlaces_de_traza(pagina: str) -> str:
    """La página sin enlaces a trazas: para el PDF y para los informes que no llevan el anexo.

    >>> quitar_enlaces_de_traza(enlazar_traza("45,7 %", "traza-meta-M1") + pie_de_traza("trazas-linea"))
    '45,7 %'
    """
    return ENLACE.sub(r"\1", PIE_DE_TRAZA.sub("", pagina))
