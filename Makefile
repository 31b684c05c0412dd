PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VENV_PINS := .venv-pins
UV_VERSION := 0.13.9
DEMO := -catalogue=MovieGenre.csv -data=demo
DEMO_GAN := -dataset=demo/dcgan_posters -conditional -init=saved_models/gan/posters.npz -output_width=64 \
  -output_height=96 -epoch=1000 -ema=0.98 -grid_height=4 -grid_width=10 -sample_rate=100 -video_length=0.25 \
  -metrics_minutes=2
COMMA := ,
APP :=
BROWSER := apt-get install --yes --no-install-recommends chromium fonts-dejavu-core
PIN := $(VENV_PINS)/bin/uv pip compile --quiet --universal --python-version=3.11 --generate-hashes --no-emit-index-url \
  --custom-compile-command='make pins'

.PHONY: help demo app test test-app test-cluster test-fast bench lint pins clean

help:
	@echo 'make demo       draw the sample posters, learn their genres, predict, make new posters; minutes, once installed'
	@echo 'make app        the web page: predictions, new posters, models, films'
	@echo 'make test       the test suite'
	@echo 'make test-app   the tests of the web page, in a real browser'
	@echo 'make test-cluster  the tests of clusters: Ray, Dask, an object store'
	@echo 'make test-fast  the same without the tests marked slow'
	@echo 'make bench      speed and memory, each measured beside a peer in the same run'
	@echo 'make lint       style and types of the code'
	@echo 'make pins       write requirements*.txt from requirements*.in; with UPGRADE=--upgrade, the newest versions'
	@echo 'make clean      remove .venv, .venv-pins, demo and caches; data and saved_models stay'
	@echo 'All but pins and clean make $(VENV) first. PYTHON=python3.12 make ... takes another Python, 3.11 to 3.13.'

demo: $(VENV)/installed
	$(BIN)/python get_data.py -download -resize -ratios=30 $(DEMO)
	$(BIN)/python __main__.py -version=1 -ratio=30 -batch_size=8 -epochs=12 -minutes=1.2 -models=demo/saved_models $(DEMO)
	$(BIN)/python __main__.py -version=4 -models=demo/saved_models $(DEMO)
	$(BIN)/python tests.py -models=demo/saved_models -sheet=demo/sheet.png -json=demo/scores.json $(DEMO)
	$(BIN)/python predict.py -words -models=demo/saved_models demo/images/100/9000000[1-5].jpg
	$(BIN)/python prepare_dcgan_dataset.py -ratio=100 -out=demo/dcgan_posters $(DEMO)
	$(BIN)/python -m dcgan -name=demo -runs=demo/dcgan_runs $(DEMO_GAN) -minutes=2 -train
	$(BIN)/python -m dcgan -generate=12 -out=demo/new_posters
	@echo
	@echo 'Look at:'
	@ls demo/saved_models/*.keras demo/saved_models/*.png demo/sheet.png
	@ls demo/dcgan_runs/demo/samples/*.png | tail -n 1
	@ls demo/dcgan_runs/demo/video/training.mp4 demo/new_posters/grid.png
	@echo 'Go on with:'
	@echo 'source $(BIN)/activate'
	@echo 'python3 predict.py -models=demo/saved_models POSTER'
	@echo 'python3 -m dcgan -name=demo -runs=demo/dcgan_runs -generate=60 -genres=Sci-Fi -decade=1980'

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto --maxprocesses=4 --dist=loadfile

test-fast: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto --maxprocesses=4 --dist=loadfile -m 'not slow and not page and not cluster'

# The shipped models and, after `make demo`, the demo's
app: $(VENV)/installed-app
	$(BIN)/python get_data.py -download $(DEMO)
	$(BIN)/python app.py $(DEMO) -runs=demo/dcgan_runs \
	  -models=saved_models$(patsubst %,$(COMMA)%,$(wildcard demo/saved_models)) $(APP)

test-app: $(VENV)/installed-app $(VENV)/installed-dev
	@command -v chromium || command -v chromium-browser || command -v google-chrome || \
	  if [ "$$(id -u)" = 0 ]; then apt-get update && $(BROWSER); \
	  else echo 'The tests of the page need a browser: sudo $(BROWSER)'; exit 2; fi
	$(BIN)/python -m pytest -m page

test-cluster: $(VENV)/installed-cluster $(VENV)/installed-dev
	$(BIN)/python -m pytest -m cluster

bench: $(VENV)/installed
	$(BIN)/python benchmarks/run.py

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Versions stay as they are in requirements*.txt, unless UPGRADE=--upgrade
pins: $(VENV_PINS)/installed
	$(PIN) $(UPGRADE) requirements.in --output-file=requirements.txt
	$(PIN) $(UPGRADE) requirements-app.in --output-file=requirements-app.txt
	$(PIN) $(UPGRADE) requirements-publish.in --output-file=requirements-publish.txt
	$(PIN) $(UPGRADE) requirements-cluster.in --output-file=requirements-cluster.txt
	$(PIN) $(UPGRADE) requirements-dev.in --output-file=requirements-dev.txt

clean:
	rm -rf $(VENV) $(VENV_PINS) demo .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo 'Python 3.11, 3.12 or 3.13 is needed, $(PYTHON) is another: PYTHON=python3.12 make ...'; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/installed-app: requirements-app.txt $(VENV)/installed
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements-app.txt
	@touch $@

$(VENV)/installed-cluster: requirements-cluster.txt $(VENV)/installed
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements-cluster.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(VENV_PINS)/installed: Makefile
	$(PYTHON) -m venv $(VENV_PINS)
	$(VENV_PINS)/bin/python -m pip install --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@
