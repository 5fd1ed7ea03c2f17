# Órdenes del proyecto. «make» a secas las lista. Solo hace falta python3, python3-venv y make.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := ayuda

ENTORNO := .venv/bin
SEGUIMIENTO := $(ENTORNO)/seguimiento
PYTHON_DEL_PROYECTO := $(ENTORNO)/python
CODIGO := pipeline tests bench herramientas
CUADERNOS = $(wildcard notebooks/*.ipynb)
# Argumentos para la orden: make informe CORTE="--vigencia 2025 --periodo T2"; make pruebas PRUEBAS="tests/unidad"
CORTE ?=
PRUEBAS ?=
# Del ejemplo se publica el tercer trimestre: es el corte con más que mirar (docs/demostracion.md).
CORTE_DEL_EJEMPLO := --vigencia 2025 --periodo T3
# make pruebas COBERTURA=--cov mide además la cobertura; cuesta cerca de una quinta parte más.
COBERTURA ?=

.PHONY: ayuda informe pruebas lab rendimiento limpiar preparar revisar comprobar docs

ayuda: ## lista estas metas
	@echo "Seguimiento al Plan de Desarrollo Municipal. Metas de make:"; echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
	    while IFS='|' read -r meta que; do printf '%-20s %s\n' "$$meta" "$$que"; done

informe: preparar ## publica los informes del corte (con el ejemplo sintético si no hay libros propios)
	@if [ ! -e data/raw/demostracion.json ] && [ ! -d data/raw/plan ]; then $(SEGUIMIENTO) demo; fi
	@if [ -e data/raw/demostracion.json ] && [ -z '$(CORTE)' ]; then $(SEGUIMIENTO) correr $(CORTE_DEL_EJEMPLO); \
	    else $(SEGUIMIENTO) correr $(CORTE); fi

pruebas: ## revisa el código y corre todas las pruebas
	@sh herramientas/preparar.sh navegador
	@$(MAKE) comprobar
	@$(PYTHON_DEL_PROYECTO) -m pytest -n 2 --durations=15 --dist loadgroup --no-loadscope-reorder $(COBERTURA) $(PRUEBAS)

revisar: preparar ## formato, estilo, tipos, capas y cuadernos sin salidas
	@$(MAKE) comprobar

comprobar: # lo de «revisar», con el entorno ya preparado
	@$(ENTORNO)/ruff format --check $(wildcard $(CODIGO))
	@$(ENTORNO)/ruff check $(wildcard $(CODIGO))
	@$(ENTORNO)/mypy
	@$(ENTORNO)/lint-imports --no-logo
	@$(if $(CUADERNOS),$(ENTORNO)/nbstripout --verify --keep-id $(CUADERNOS))

lab: ## abre JupyterLab con el cuaderno de exploración (una copia suya: el original no se toca)
	@sh herramientas/preparar.sh lab
	@[ -e exploracion.ipynb ] || cp notebooks/exploracion.ipynb exploracion.ipynb
	@.venv-lab/bin/jupyter lab --notebook-dir=. exploracion.ipynb

rendimiento: preparar ## mide los tiempos de las órdenes y los escribe en docs/rendimiento.md
	@$(PYTHON_DEL_PROYECTO) -m bench

docs: preparar ## regenera los documentos que salen de los datos: diccionario, reglas y demostración
	@$(PYTHON_DEL_PROYECTO) -m pipeline.diccionario
	@$(PYTHON_DEL_PROYECTO) -m pipeline.calidad.catalogo
	@$(PYTHON_DEL_PROYECTO) -m pipeline.demo.documento

limpiar: ## borra lo que se rehace solo: tablas, informes y cachés; nunca los libros de data/raw
	@find data/processed reports -mindepth 1 -maxdepth 1 ! -name LEEME.md -exec rm -rf {} +
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov dist build
	@find pipeline tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

preparar: ## crea .venv e instala lo que falte
	@sh herramientas/preparar.sh
