"""Importa lo pesado una sola vez: los procesos que hacen informes nacen de uno que ya lo tiene. Nada más."""

import contextlib

import IPython.core.interactiveshell  # noqa: F401
import nbconvert.exporters  # noqa: F401
import papermill  # noqa: F401

with contextlib.suppress(ImportError, OSError):  # sin sus bibliotecas del sistema se publica solo HTML
    import weasyprint  # noqa: F401
