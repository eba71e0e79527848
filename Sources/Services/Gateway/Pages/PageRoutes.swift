import Foundation
import Hummingbird
import ServiceHTTP

/// The page at `/` with its files, the API's description and its reference. The files are known from the start, so
/// each has a route of its own and a path from outside never becomes a file name.
struct PageRoutes: Sendable {
    private static let swaggerFiles = ["swagger-ui.css", "swagger-ui-bundle.js"]

    /// Path → file.
    private let files: [String: StaticFile]

    /// - Parameters:
    ///   - assets: `Web/…` and `api/openapi.yaml`, by path.
    ///   - swaggerUI: a folder with the distribution of Swagger UI; without it a small page of ours renders the
    ///     reference.
    /// - Throws: `YAMLError` when the API's description is no YAML.
    init(assets: [String: [UInt8]], swaggerUI: String?) throws {
        var files: [String: StaticFile] = [:]
        for (path, bytes) in assets where path.hasPrefix("Web/") {
            let name = path.dropFirst("Web".count)
            files[name == "/index.html" ? "/" : String(name)] = StaticFile(path, bytes)
        }
        if let yaml = assets["api/openapi.yaml"] {
            files["/openapi.yaml"] = StaticFile("openapi.yaml", yaml)
            let json = try JSONText(yaml: String(decoding: yaml, as: UTF8.self)).text
            files["/openapi.json"] = StaticFile("openapi.json", json.utf8)
        }
        files.merge(Self.reference(swaggerUI)) { _, new in new }
        self.files = files
    }

    func add(to router: Router<GatewayContext>) {
        for (path, file) in files {
            router.get(RouterPath(path)) { _, _ in file.response }
        }
    }

    private static func reference(_ folder: String?) -> [String: StaticFile] {
        guard let folder else { return ownReference }
        let folderURL = URL(filePath: folder, directoryHint: .isDirectory)
        var files = [
            "/docs": StaticFile("docs.html", ReferencePage.swagger.utf8, policy: StaticFile.swaggerPolicy),
            "/docs/start.js": StaticFile("start.js", ReferencePage.swaggerStart.utf8),
        ]
        for name in swaggerFiles {
            guard let bytes = try? Data(contentsOf: folderURL.appending(path: name)) else { return ownReference }
            files["/docs/\(name)"] = StaticFile(name, bytes)
        }
        return files
    }

    private static var ownReference: [String: StaticFile] {
        [
            "/docs": StaticFile("docs.html", ReferencePage.page.utf8),
            "/docs/reference.js": StaticFile("reference.js", ReferencePage.script.utf8),
            "/docs/reference.css": StaticFile("reference.css", ReferencePage.style.utf8),
        ]
    }
}
