"""A web server that speaks what kagglehub uses of Kaggle's API: the download of a dataset, the upload of a model.

kagglehub has fixed endpoints. KAGGLE_API_ENVIRONMENT=LOCALHOST takes http://localhost, and as its proxy this server
gets these requests whatever its port.
"""

import json
from urllib.parse import urlsplit

from local_server import Handler, LocalServer

TOKEN = 'a_token_of_kaggle'


class KaggleServer(LocalServer):
    """`dataset` is the content of the file of every dataset, None where there is none.

    `models` are {model: [{name: bytes}]}, a dict for each version; `requests` the names of all calls. A wrong token is
    always refused, none only by models.
    """

    def __init__(self, dataset=None):
        super().__init__(KaggleHandler)
        self.dataset, self.models, self.blobs = dataset, {}, {}

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


class KaggleHandler(Handler):
    def do_POST(self):
        wanted = json.loads(self.body())
        call = urlsplit(self.path).path.rpartition('/')[2]
        self.server.requests.append(call)
        known = self.headers.get('Authorization') == f'Bearer {TOKEN}'
        if self.headers.get('Authorization') and not known:
            return self.answer(401, {'code': 401, 'message': 'Unauthenticated'})
        return getattr(self, call)(wanted, known)

    def do_PUT(self):
        token = self.path.rpartition('/')[2]
        name, _ = self.server.blobs[token]
        self.server.blobs[token] = name, self.body()
        self.answer(200)

    def GetDataset(self, wanted, known):
        if self.server.dataset is None:
            return self.answer(404, {'code': 404, 'message': 'Not found'})
        return self.answer(200, {'currentVersionNumber': 2, 'slug': wanted['datasetSlug']})

    def DownloadDataset(self, wanted, known):
        self.answer(200, self.server.dataset, Content_Type='text/csv')

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
