import AIBoxAPI
import Foundation
import NIOCore
import Testing
import Yams

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct PageTests {
    /// `api/openapi.yaml` of this package.
    private static let description: String = {
        var folder = URL(filePath: #filePath).deletingLastPathComponent()
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path)
        {
            folder.deleteLastPathComponent()
        }
        return (try? String(contentsOf: folder.appending(path: "api/openapi.yaml"), encoding: .utf8)) ?? ""
    }()

    private static func configure(_ configuration: inout Gateway.Configuration) {
        configuration.assets = [
            "Web/index.html": Array("<h1>page</h1>".utf8), "Web/app.js": Array("start()".utf8),
            "Web/components/list.js": Array("list()".utf8), "api/openapi.yaml": Array(description.utf8),
        ]
    }

    @Test func everyRouteIsDescribedAndEveryDescriptionIsARoute() async throws {
        try await withGateway(configure: Self.configure) { box in
            let document = try #require(try Yams.load(yaml: Self.description) as? [String: Any])
            let paths = try #require(document["paths"] as? [String: [String: Any]])
            let methods: Set = ["get", "post", "put", "patch", "delete"]
            let described = paths.flatMap { path, item in
                item.keys.filter { methods.contains($0) }.map { "\($0.uppercased()) \(path)" }
            }
            let files = ["GET /app.js", "GET /components/list.js", "GET /docs/reference.css", "GET /docs/reference.js"]
            let registered = box.gateway.routes().routes.map(\.description)
            #expect(Set(described).union(files) == Set(registered))
        }
    }

    @Test func descriptionSaysWhereLoginsAreThrottledAndWhereServicesBehindMayFail() throws {
        let document = try #require(try Yams.load(yaml: Self.description) as? [String: Any])
        let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
        var throttled: Set<String> = []
        for (path, methods) in paths {
            for operation in methods.values {
                let statuses = Set(try #require(operation["responses"] as? [String: Any]).keys)
                if statuses.contains("429") { throttled.insert(path) }
                let asksOthers = operation["security"] == nil || path.hasPrefix("/auth")
                #expect(statuses.isSuperset(of: ["502", "503", "504"]) == asksOthers, "\(path)")
            }
        }
        #expect(throttled == ["/auth/login", "/auth/password"])
    }

    /// Operations with `security: []` are those that take no credential.
    @Test func descriptionSaysWhichRoutesAreOpen() throws {
        let document = try #require(try Yams.load(yaml: Self.description) as? [String: Any])
        let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
        let open = paths.flatMap { path, item in
            item.filter { ($0.value["security"] as? [Any])?.isEmpty == true }.map { "\($0.key.uppercased()) \(path)" }
        }
        #expect(
            Set(open) == [
                "GET /", "GET /docs", "GET /health", "GET /health/live", "GET /health/ready", "GET /metrics",
                "GET /openapi.json", "GET /openapi.yaml", "POST /auth/login", "POST /auth/refresh",
            ])
    }

    @Test(arguments: [
        ("/", "text/html; charset=utf-8", "<h1>page</h1>"), ("/app.js", "text/javascript; charset=utf-8", "start()"),
        ("/components/list.js", "text/javascript; charset=utf-8", "list()"),
        ("/docs", "text/html; charset=utf-8", "openapi.yaml"),
        ("/docs/reference.js", "text/javascript; charset=utf-8", "fetch"),
        ("/openapi.yaml", "application/yaml; charset=utf-8", "openapi: 3.1.0"),
        ("/openapi.json", "application/json; charset=utf-8", #""openapi":"3.1.0""#),
    ])
    func fileIsServedAsWhatItIs(path: String, type: String, content: String) async throws {
        try await withGateway(configure: Self.configure) { box in
            let answer = try await box.call(.GET, path)
            #expect(answer.status == 200)
            #expect(answer.headers.first(name: "content-type") == type)
            #expect(answer.headers.first(name: "x-content-type-options") == "nosniff")
            #expect(String(buffer: answer.body).contains(content))
            let policy = answer.headers.first(name: "content-security-policy")
            #expect((policy?.contains("frame-ancestors 'none'") == true) == type.hasPrefix("text/html"))
            #expect(policy?.contains("unsafe") != true)
            #expect(try await box.call(.HEAD, path).status == 200)
        }
    }

    @Test(arguments: [
        "/index.html", "/Web/index.html", "/../etc/passwd", "/%2e%2e/etc/passwd", "/components", "/docs/x.js",
    ])
    func nothingElseIsServed(path: String) async throws {
        try await withGateway(configure: Self.configure) { box in
            let answer = try await box.call(.GET, path)
            #expect(answer.status == 404)
        }
    }

    @Test func swaggerUIIsShownWhereItIs() async throws {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "aibox-swagger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["swagger-ui.css", "swagger-ui-bundle.js"] {
            try Data(name.utf8).write(to: folder.appending(path: name))
        }
        try await withGateway(configure: { $0.swaggerUI = folder.path }) { box in
            let page = try await box.call(.GET, "/docs")
            #expect(String(buffer: page.body).contains("/docs/swagger-ui-bundle.js"))
            #expect(String(buffer: try await box.call(.GET, "/docs/swagger-ui.css").body) == "swagger-ui.css")
        }
    }

    @Test func yamlBecomesTheSameJSON() throws {
        let yaml = """
            text: "a \\"b\\" \\\\ c\\tü"
            number: 1
            real: 0.5
            yes: true
            none: null
            date: 2026-11-25
            quoted: '1'
            block: |
              one
              two
            list: [1, {a: b}, []]
            anchor: &x {k: v}
            alias: *x
            """
        let text = try JSONText(yaml: yaml).text
        let value = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(value["text"] as? String == "a \"b\" \\ c\tü")
        #expect(value["number"] as? Int == 1)
        #expect(value["real"] as? Double == 0.5)
        #expect(value["none"] is NSNull)
        #expect(value["date"] as? String == "2026-11-25")
        #expect(value["quoted"] as? String == "1")
        #expect(value["block"] as? String == "one\ntwo\n")
        #expect((value["list"] as? [Any])?.count == 3)
        #expect(value["alias"] as? [String: String] == ["k": "v"])
    }

    @Test func theDescriptionIsWholeAsJSON() throws {
        let text = try JSONText(yaml: Self.description).text
        let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let yaml = try #require(try Yams.load(yaml: Self.description) as? [String: Any])
        #expect(Set(json.keys) == Set(yaml.keys))
        #expect((json["paths"] as? [String: Any])?.count == (yaml["paths"] as? [String: Any])?.count)
    }
}
