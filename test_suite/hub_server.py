"""A web server that speaks what huggingface_hub uses of the Hugging Face Hub: repositories, commits, LFS, snapshots.

After https://huggingface.co/docs/hub/api and the client itself. Large files and binary ones go by LFS, as on the hub.
"""

import base64
import hashlib
import json
import re
import time
from urllib.parse import unquote

import yaml
from local_server import Handler, LocalServer

TOKEN = 'hf_a_token_that_may_write'
LARGE = 10_000_000  # bytes, from which on a file goes by LFS
BINARY = '.keras', '.onnx'
ROUTES = {
    'POST /api/repos/create': 'create',
    'POST /api/validate-yaml': 'validate',
    r'POST /api/models/(\w+/[\w.-]+)/preupload/main': 'preupload',
    r'POST /(\w+/[\w.-]+)\.git/info/lfs/objects/batch': 'batch',
    r'GET /api/models/(\w+/[\w.-]+)/xet-write-token/main': 'xet',
    r'PUT /lfs/(\w+)': 'store',
    r'POST /api/models/(\w+/[\w.-]+)/commit/main': 'commit',
    r'GET /api/models/(\w+/[\w.-]+)(?:/revision/([^/]+))?': 'information',
    r'GET /api/models/(\w+/[\w.-]+)/tree/([^/]+)': 'tree',
    r'(?:GET|HEAD) /(\w+/[\w.-]+)/resolve/([^/]+)/(.+)': 'resolve',
    r'(?:GET|HEAD) /lfs/(\w+)': 'large',
}


class HubServer(LocalServer):
    """`commits` are {repository: [(id, {path: bytes})]}, the newest last; `gated` those whose files need consent.

    `requests` are the lines of all requests. In the folder `cas` is what hf_xet uploads; such a file is then committed
    as its SHA-256 alone.
    """

    def __init__(self, cas=None):
        super().__init__(HubHandler)
        self.commits, self.large, self.gated, self.cas = {}, {}, set(), cas
        self.storage = f'http://localhost:{self.server_port}'  # another host than the hub, as on the hub

    def add(self, repository, files):
        """Commit {path: bytes} to a repository; returns the id of the commit."""
        history = self.commits.setdefault(repository, [])
        whole = {**(history[-1][1] if history else {}), **files}
        history.append((hashlib.sha1(f'{repository} {len(history)} {sorted(whole)}'.encode()).hexdigest(), whole))
        return history[-1][0]

    def find(self, repository, revision):
        """(id, {path: bytes}) of a revision, None where there is none."""
        history = self.commits[repository] or [('0' * 40, {})]
        named = dict(history)
        return history[-1] if revision in (None, 'main') else (revision, named[revision]) if revision in named else None


def git_id(content):
    return hashlib.sha1(b'blob %d\0' % len(content) + content).hexdigest()


def goes_by_lfs(path, size):
    return path.endswith(BINARY) or size > LARGE


class HubHandler(Handler):
    def handle_any(self):
        self.path = unquote(self.path)
        self.server.requests.append(f'{self.command} {self.path}')
        self.content = self.body()
        for pattern, name in ROUTES.items():
            if found := re.fullmatch(pattern, f'{self.command} {self.path.split("?")[0]}'):
                if self.command == 'POST' and self.headers.get('Authorization') != f'Bearer {TOKEN}':
                    return self.answer(401, {'error': 'Invalid credentials'})
                return getattr(self, name)(*found.groups())
        return self.answer(404, {'error': f'the tests know no {self.command} {self.path}'})

    do_GET = do_HEAD = do_POST = do_PUT = handle_any

    def refuse(self, code):
        self.answer(403 if code == 'GatedRepo' else 404, {'error': code}, X_Error_Code=code)

    def create(self):
        wanted = json.loads(self.content)
        repository = f'{wanted["organization"]}/{wanted["name"]}'
        status = 409 if repository in self.server.commits else 200
        self.server.commits.setdefault(repository, [])
        self.answer(status, {'url': f'{self.server.url}/{repository}'})

    def validate(self):
        """The hub refuses a README.md whose head is no YAML, or lacks what it needs of a result of a model."""
        head = json.loads(self.content)['content'].split('---\n')[1]
        try:
            for model in yaml.safe_load(head).get('model-index', []):
                for result in model['results']:
                    _ = result['task']['type'], result['dataset']['type'], result['dataset']['name']
                    _ = [(metric['type'], metric['value']) for metric in result['metrics']]
        except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            return self.answer(400, {'errors': [{'message': str(error)}], 'warnings': []})
        return self.answer(200, {'errors': [], 'warnings': []})

    def preupload(self, repository):
        there = self.server.find(repository, 'main')[1]
        modes = []
        for file in json.loads(self.content)['files']:
            path, content = file['path'], there.get(file['path'])
            lfs = goes_by_lfs(path, file['size'])
            known = content and (hashlib.sha256(content).hexdigest() if lfs else git_id(content))
            modes.append({'path': path, 'uploadMode': 'lfs' if lfs else 'regular', 'shouldIgnore': False, 'oid': known})
        self.answer(200, {'files': modes})

    def batch(self, _):
        objects = []
        for wanted in json.loads(self.content)['objects']:
            upload = {'upload': {'href': f'{self.server.url}/lfs/{wanted["oid"]}'}}
            objects.append({**wanted, **({} if wanted['oid'] in self.server.large else {'actions': upload})})
        self.answer(200, {'objects': objects, 'transfer': 'basic'})

    def xet(self, _):
        self.answer(200, {'casUrl': f'local://{self.server.cas}', 'accessToken': 'x', 'exp': int(time.time()) + 3600})

    def store(self, digest):
        assert hashlib.sha256(self.content).hexdigest() == digest
        self.server.large[digest] = self.content
        self.answer(200)

    def commit(self, repository):
        entries = [json.loads(line) for line in self.content.splitlines()]
        files = {}
        for entry in entries:
            value = entry['value']
            if entry['key'] == 'file':
                files[value['path']] = base64.b64decode(value['content'])
            elif entry['key'] == 'lfsFile':
                files[value['path']] = self.server.large.get(value['oid'], value['oid'].encode())
        name = self.server.add(repository, files)
        self.answer(200, {'commitUrl': f'{self.server.url}/{repository}/commit/{name}', 'commitOid': name})

    def found(self, repository, revision):
        """What `find` returns; None once the request is refused."""
        if repository not in self.server.commits:
            return self.refuse('RepoNotFound')
        return self.server.find(repository, revision) or self.refuse('RevisionNotFound')

    def information(self, repository, revision):
        if found := self.found(repository, revision):
            siblings = [{'rfilename': path} for path in found[1]]
            self.answer(200, {'id': repository, 'sha': found[0], 'siblings': siblings, 'private': False})

    def tree(self, repository, revision):
        if found := self.found(repository, revision):
            entries = []
            for path, content in found[1].items():
                entry = {'type': 'file', 'path': path, 'size': len(content), 'oid': git_id(content)}
                if goes_by_lfs(path, len(content)):
                    digest = hashlib.sha256(content).hexdigest()
                    entry['lfs'] = {'oid': digest, 'size': len(content), 'pointerSize': 134}
                entries.append(entry)
            self.answer(200, entries)

    def resolve(self, repository, revision, path):
        if repository in self.server.gated:
            return self.refuse('GatedRepo')
        if not (found := self.found(repository, revision)):
            return None
        name, files = found
        if path not in files:
            return self.refuse('EntryNotFound')
        content = files[path]
        if goes_by_lfs(path, len(content)):
            digest = hashlib.sha256(content).hexdigest()
            self.server.large[digest] = content
            linked = {'X_Linked_Etag': f'"{digest}"', 'X_Linked_Size': str(len(content)), 'X_Repo_Commit': name}
            return self.answer(302, Location=f'{self.server.storage}/lfs/{digest}', **linked)
        return self.answer(200, content, ETag=f'"{git_id(content)}"', X_Repo_Commit=name)

    def large(self, digest):
        content = self.server.large[digest]
        start = int(re.sub(r'\D', '', self.headers.get('Range', '').split('-')[0]) or 0)
        self.answer(206 if start else 200, content[start:], ETag=f'"{digest}"')
