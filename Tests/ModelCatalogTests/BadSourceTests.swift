import Foundation
import Testing

@testable import ModelCatalog

/// A server that a pull must not take the file from.
struct BadSource: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// What the error must say.
    var reason: String
    /// How often it is asked.
    var asked = 1
    var reply: @Sendable (ScriptedServer.Request) -> ScriptedServer.Reply

    init(
        _ name: String, _ reason: String, asked: Int = 1,
        reply: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Reply
    ) {
        testDescription = name
        self.reason = reason
        self.asked = asked
        self.reply = reply
    }

    static let all: [BadSource] = [
        BadSource("announces more", "announced 300001 bytes") { _ in
            .raw("200 OK", ["Content-Length: 300001"], modelContent)
        },
        BadSource("announces less", "announced 299999 bytes") { _ in
            .raw("200 OK", ["Content-Length: 299999"], modelContent)
        },
        BadSource("sends more in chunks", "sent more than 300000 bytes") { _ in chunked(modelContent + [1]) },
        BadSource("sends more until it closes", "sent more than 300000 bytes") { _ in
            .raw("200 OK", [], modelContent + [1])
        },
        BadSource("sends less in chunks", "broke off after 10 of 300000 bytes (4 attempts)", asked: 4) { _ in
            chunked(Array(modelContent.prefix(10)))
        },
        BadSource("sends less until it closes", "broke off after 10 of 300000 bytes (4 attempts)", asked: 4) { _ in
            .raw("200 OK", [], modelContent.prefix(10))
        },
        BadSource("closes at once", "(4 attempts)", asked: 4) { _ in .init(bytes: []) },
        BadSource("speaks no HTTP", "(4 attempts)", asked: 4) { _ in .init(bytes: Array("220 mail\r\n\r\n".utf8)) },
        BadSource("serves a wrong file", "gave another file: sha256 \(sha256(modelContent.reversed()))") {
            .file(modelContent.reversed(), $0)
        },
        BadSource("has no file", "answered 404 Not Found") { _ in .status("404 Not Found") },
        BadSource("forbids", "answered 403 Forbidden") { _ in .status("403 Forbidden") },
        BadSource("is broken", "answered 500 (4 attempts)", asked: 4) { _ in .status("500 Internal Server Error") },
        BadSource("is busy for an hour", "answered 503; to be asked again") { _ in
            .status("503 Service Unavailable", ["Retry-After: 3600"])
        },
        BadSource("gives another range", "gave the range bytes 5-9/10") { _ in
            .raw("206 Partial Content", ["Content-Range: bytes 5-9/10"])
        },
        BadSource("redirects in a circle", "without end") { _ in .status("302 Found", ["Location: /first"]) },
        BadSource("redirects on and on", "without end", asked: 6) {
            .status("302 Found", ["Location: \($0.target)x"])
        },
    ]

    private static func chunked(_ content: [UInt8]) -> ScriptedServer.Reply {
        let size = String(content.count, radix: 16)
        let body = Array("\(size)\r\n".utf8) + content + Array("\r\n0\r\n\r\n".utf8)
        return .raw("200 OK", ["Transfer-Encoding: chunked"], body)
    }
}

@Suite struct BadSourceTests {
    @Test(arguments: BadSource.all)
    func afterABadSourceTheNextOneIsAsked(_ bad: BadSource) async throws {
        try await ScriptedServer.with { request, _ in
            request.target.hasPrefix("/first") ? bad.reply(request) : .file(modelContent, request)
        } _: { server in
            try await withFolder { folder in
                let sources = ["first", "second"].map { source("\(server.url)/\($0)", of: modelContent) }
                let file = try await makePull(folder).pull(entry(of: modelContent, sources: sources))
                #expect(try Data(contentsOf: file) == Data(modelContent))
                #expect(server.requests.filter { $0.target.hasPrefix("/first") }.count == bad.asked)
            }
        }
    }

    @Test(arguments: BadSource.all)
    func withOnlyABadSourceTheErrorSaysWhyAndNoFileAppears(_ bad: BadSource) async throws {
        try await ScriptedServer.with { request, _ in
            bad.reply(request)
        } _: { server in
            try await withFolder { folder in
                let url = "\(server.url)/first"
                let entry = try entry(of: modelContent, sources: [source(url, of: modelContent)])
                let pull = makePull(folder)
                let error = await pullError(pull, entry)
                #expect(error?.code == .pullFailed)
                #expect(error?.message.contains("\(url): ") == true, "\(error as Any)")
                #expect(error?.message.contains(bad.reason) == true, "\(error as Any)")
                #expect(pull.store.state(of: entry) == .absent)
            }
        }
    }
}
