"""A web server that speaks what kagglehub uses of Kaggle's API: the download of a dataset, the upload of a model.

kagglehub has fixed endpoints. KAGGLE_API_ENVIRONMENT=LOCALHOST takes http://localhost, and as its proxy this server
gets these requests whatever its port.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

TOKEN = 'a_token_of_kaggle'


class KaggleServer(ThreadingHTTPServer):
    """The server, in a thread of its own. Use it in a `with` block.

    `dataset` is the content of the file of every dataset, None where there is none; `models` {model: [{name: bytes}]},
    a dict for each version; `requests` the names of all calls. A wrong token is always refused, none only by models.
    """

    def __init__(self, dataset=None):
        super().__init__(('127.0.0.1', 0), Handler)
        self.dataset, self.models, self.blobs, self.requests = dataset, {}, {}, []
        self.url = f'http://127.0.0.1:{self.server_port}'

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def environment(self, home, token=TOKEN):
        """The variables that make kagglehub, in a process with that home, use this server."""
        return {
            'KAGGLE_API_ENVIRONMENT': 'LOCALHOST',
            'http_proxy': self.url,
            'KAGGLEHUB_CACHE': str(home / 'kagglehub'),
            'KAGGLE_CONFIG_DIR': str(home),
            'KAGGLE_API_TOKEN': token,
            'HOME': str(home),
        }


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def answer(self, status, content=b'', kind='application/octet-stream'):
        if not isinstance(content, bytes):
            content, kind = json.dumps(content).encode(), 'application/json'
        self.send_response(status)
        self.send_header('Content-Length', str(len(content)))
        self.send_header('Content-Type', kind)
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self):
        wanted = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        call = urlsplit(self.path).path.rpartition('/')[2]
        self.server.requests.append(call)
        known = self.headers.get('Authorization') == f'Bearer {TOKEN}'
        if self.headers.get('Authorization') and not known:
            return self.answer(401, {'code': 401, 'message': 'Unauthenticated'})
        return getattr(self, call)(wanted, known)

    def do_PUT(self):
        token = self.path.rpartition('/')[2]
        name, _ = self.server.blobs[token]
        self.server.blobs[token] = name, self.rfile.read(int(self.headers['Content-Length']))
        self.answer(200)

    def GetDataset(self, wanted, known):
        if self.server.dataset is None:
            return self.answer(404, {'code': 404, 'message': 'Not found'})
        return self.answer(200, {'currentVersionNumber': 2, 'slug': wanted['datasetSlug']})

    def DownloadDataset(self, wanted, known):
        self.answer(200, self.server.dataset, 'text/csv')

    def GetModel(self, wanted, known):
        if not known:
            return self.answer(401, {'code': 401, 'message': 'Unauthenticated'})
        model = f'{wanted["ownerSlug"]}/{wanted["modelSlug"]}'
        if model not in self.server.models:
            return self.answer(404, {'code': 404, 'message': 'Not found'})
        return self.answer(200, {'ref': model})

    def CreateModel(self, wanted, known):
        self.server.models[f'{wanted["ownerSlug"]}/{wanted["slug"]}'] = []
        self.answer(200, {})

    def StartBlobUpload(self, wanted, known):
        token = str(len(self.server.blobs))
        self.server.blobs[token] = wanted['name'], b''
        self.answer(200, {'token': token, 'createUrl': f'{self.server.url}/blobs/{token}'})

    def CreateModelInstance(self, wanted, known):
        versions = self.server.models[f'{wanted["ownerSlug"]}/{wanted["modelSlug"]}']
        if versions:
            return self.answer(200, {'error': 'It exists', 'errorCode': 409})
        return self.CreateModelInstanceVersion(wanted, known)

    def CreateModelInstanceVersion(self, wanted, known):
        files = dict(self.server.blobs[file['token']] for file in wanted['body']['files'])
        self.server.models[f'{wanted["ownerSlug"]}/{wanted["modelSlug"]}'].append(files)
        self.answer(200, {})
