/// The pages of `/docs`.
enum ReferencePage {
    static let swagger = """
        <!DOCTYPE html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>AI Box API</title>
        <link rel="icon" href="/icon.svg">
        <link rel="stylesheet" href="/docs/swagger-ui.css">
        <div id="reference"></div>
        <script src="/docs/swagger-ui-bundle.js"></script>
        <script src="/docs/start.js"></script>
        </html>
        """

    static let swaggerStart = """
        SwaggerUIBundle({ url: '/openapi.json', dom_id: '#reference', deepLinking: true, tryItOutEnabled: true });
        """

    /// Served where Swagger UI is not installed.
    static let page = """
        <!DOCTYPE html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>AI Box API</title>
        <link rel="icon" href="/icon.svg">
        <link rel="stylesheet" href="/docs/reference.css">
        <h1>AI Box API</h1>
        <p>The whole description: <a href="/openapi.yaml">openapi.yaml</a>, <a href="/openapi.json">openapi.json</a>.</p>
        <main id="reference"></main>
        <script type="module" src="/docs/reference.js"></script>
        </html>
        """

    static let style = """
        :root { color-scheme: light dark; }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
        details { border: 1px solid #8885; border-radius: 6px; margin: 0.4rem 0; padding: 0.4rem 0.8rem; }
        summary { cursor: pointer; overflow-wrap: anywhere; }
        code, .method { font-family: ui-monospace, monospace; }
        .method { display: inline-block; min-width: 4rem; font-weight: 700; }
        .about { white-space: pre-wrap; }
        td { padding: 0.1rem 1rem 0.1rem 0; vertical-align: top; }
        """

    static let script = """
        const api = await (await fetch('/openapi.json')).json();

        function element(name, text, ...children) {
          const made = document.createElement(name);
          if (text) made.textContent = text;
          made.append(...children);
          return made;
        }

        function resolve(item) {
          if (!item?.$ref) return item ?? {};
          return item.$ref.slice(2).split('/').reduce((value, key) => value[key], api);
        }

        function table(rows) {
          return element('table', '', ...rows.map((row) => element('tr', '', ...row.map((cell) => element('td', cell)))));
        }

        function parameters(list) {
          const rows = list.map(resolve).map((item) => [
            item.name, item.in + (item.required ? ', required' : ''), item.description ?? resolve(item.schema).description ?? '',
          ]);
          return rows.length ? [element('h4', 'Parameters'), table(rows)] : [];
        }

        function body(request) {
          const types = Object.keys(resolve(request).content ?? {});
          return types.length ? [element('h4', 'Body'), element('p', types.join(', '))] : [];
        }

        function operation(path, method, item) {
          const answers = Object.entries(item.responses).map(([status, answer]) => [status, resolve(answer).description ?? '']);
          const name = element('span', method.toUpperCase());
          name.className = 'method';
          const about = element('p', item.description ?? '');
          about.className = 'about';
          return element('details', '',
            element('summary', '', name, element('code', path), ' ' + (item.summary ?? '')), about,
            ...parameters(item.parameters ?? []), ...body(item.requestBody), element('h4', 'Answers'), table(answers));
        }

        const about = element('p', api.info.description);
        about.className = 'about';
        const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
          Object.entries(methods).map(([method, item]) => ({ tag: item.tags?.[0] ?? '', shown: operation(path, method, item) })));
        document.getElementById('reference').append(about, ...api.tags.flatMap((tag) => [
          element('h2', tag.name), element('p', tag.description),
          ...operations.filter((item) => item.tag === tag.name).map((item) => item.shown),
        ]));
        """
}
