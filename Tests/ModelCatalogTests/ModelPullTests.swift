import Foundation
import Logging
import Synchronization
import Testing

@testable import ModelCatalog

/// Deterministic bytes, different at every place of a download.
let modelContent: [UInt8] = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

/// A pull into a folder, with waits short enough for tests.
func makePull(_ folder: URL, _ change: (inout ModelPull.Configuration) -> Void = { _ in }) -> ModelPull {
    var configuration = ModelPull.Configuration()
    configuration.firstWait = .milliseconds(1)
    configuration.longestWait = .milliseconds(2)
    configuration.connectTimeout = .seconds(5)
    configuration.stallTimeout = .seconds(5)
    change(&configuration)
    return ModelPull(
        store: ModelStore(folders: [], cache: folder), configuration: configuration, logger: Logger(label: "test"))
}

/// The names below the folder of unfinished downloads.
func leftovers(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: ".pull").path).sorted()
}

func pullError(_ pull: ModelPull, _ entry: CatalogEntry) async -> ModelCatalogError? {
    await #expect(throws: ModelCatalogError.self) { try await pull.pull(entry) }
}

@Suite struct ModelPullTests {
    @Test func aCompleteFileIsInstalledWithProgressAndNothingIsLeftBeside() async throws {
        try await ScriptedServer.with { request, _ in
            .file(modelContent, request)
        } _: { server in
            try await withFolder { folder in
                let entry = try entry(of: modelContent, sources: [source("\(server.url)/m", of: modelContent)])
                let pull = makePull(folder)
                let reports = Mutex<[PullProgress]>([])
                let file = try await pull.pull(entry) { progress in reports.withLock { $0.append(progress) } }
                #expect(try Data(contentsOf: file) == Data(modelContent))
                #expect(pull.store.state(of: entry) == .ready(file))
                #expect(try leftovers(folder) == [])
                let bytes = reports.withLock { $0.map(\.bytes) }
                #expect(bytes.last == modelContent.count && bytes == bytes.sorted())
                #expect(reports.withLock { $0.last?.secondsLeft } == 0)
                #expect(try await pull.pull(entry) == file && server.requests.count == 1)
            }
        }
    }

    @Test func aDownloadThatBreaksOffGoesOnWhereItStopped() async throws {
        try await ScriptedServer.with { request, number in
            .file(modelContent, request, limit: number == 0 ? 120_000 : .max)
        } _: { server in
            try await withFolder { folder in
                let entry = try entry(of: modelContent, sources: [source("\(server.url)/m", of: modelContent)])
                let file = try await makePull(folder).pull(entry)
                #expect(try Data(contentsOf: file) == Data(modelContent))
                #expect(server.requests.count == 2)
                #expect((1...120_000).contains(server.requests[1].offset))
                #expect(server.requests[1].headers["if-range"] == "\"1\"")
            }
        }
    }

    @Test func theNextRunGoesOnWhereTheLastOneStopped() async throws {
        try await ScriptedServer.with { request, number in
            .file(modelContent, request, limit: number == 0 ? 120_000 : .max)
        } _: { server in
            try await withFolder { folder in
                let entry = try entry(of: modelContent, sources: [source("\(server.url)/m", of: modelContent)])
                let error = await pullError(makePull(folder) { $0.attempts = 1 }, entry)
                #expect(error?.code == .pullFailed)
                #expect(try leftovers(folder) == ["\(entry.sha256).part"])
                _ = try await makePull(folder).pull(entry)
                #expect((1...120_000).contains(server.requests[1].offset))
            }
        }
    }

    @Test func aBeginningOfAnotherFileIsThrownAway() async throws {
        try await ScriptedServer.with { request, _ in
            .file(modelContent, request)
        } _: { server in
            try await withFolder { folder in
                let entry = try entry(of: modelContent, sources: [source("\(server.url)/m", of: modelContent)])
                let part = folder.appending(path: ".pull/\(entry.sha256).part")
                try FileManager.default.createDirectory(
                    at: part.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(repeating: 7, count: 1000).write(to: part)
                let file = try await makePull(folder).pull(entry)
                #expect(try Data(contentsOf: file) == Data(modelContent))
                #expect(server.requests.map(\.offset) == [1000, 0])
            }
        }
    }

    @Test func aServerWithoutRangesStartsAgain() async throws {
        try await ScriptedServer.with { _, number in
            .raw("200 OK", ["Content-Length: 300000"], modelContent.prefix(number == 0 ? 90_000 : .max))
        } _: { server in
            try await withFolder { folder in
                let entry = try entry(of: modelContent, sources: [source("\(server.url)/m", of: modelContent)])
                let file = try await makePull(folder).pull(entry)
                #expect(try Data(contentsOf: file) == Data(modelContent) && server.requests.count == 2)
            }
        }
    }

    /// Answers of a first source that the pull must not use, what it must say of them, and how often it may ask.
    static let bad:
        [(name: String, reply: @Sendable (ScriptedServer.Request) -> ScriptedServer.Reply, reason: String, asked: Int)] =
            [
                (
                    "announces more", { _ in .raw("200 OK", ["Content-Length: 300001"], modelContent) },
                    "announced 300001 bytes", 1
                ),
                (
                    "announces less", { _ in .raw("200 OK", ["Content-Length: 299999"], modelContent) },
                    "announced 299999 bytes", 1
                ),
                ("sends more in chunks", { _ in chunked(modelContent + [1]) }, "sent more than 300000 bytes", 1),
                (
                    "sends more until it closes", { _ in .raw("200 OK", [], modelContent + [1]) },
                    "sent more than 300000 bytes", 1
                ),
                (
                    "sends less in chunks", { _ in chunked(Array(modelContent.prefix(10))) },
                    "broke off after 10 of 300000", 4
                ),
                (
                    "sends less until it closes", { _ in .raw("200 OK", [], modelContent.prefix(10)) },
                    "broke off after 10", 4
                ),
                ("closes at once", { _ in .init(bytes: []) }, "(4 attempts)", 4),
                ("speaks no HTTP", { _ in .init(bytes: Array("220 mail\r\n\r\n".utf8)) }, "(4 attempts)", 4),
                ("serves a wrong file", { .file(Array(modelContent.reversed()), $0) }, "gave another file: sha256", 1),
                ("has no file", { _ in .status("404 Not Found") }, "answered 404 Not Found", 1),
                ("forbids", { _ in .status("403 Forbidden") }, "answered 403 Forbidden", 1),
                ("is broken", { _ in .status("500 Internal Server Error") }, "answered 500 (4 attempts)", 4),
                (
                    "is busy for hours", { _ in .status("503 Busy", ["Retry-After: 3600"]) },
                    "answered 503; to be asked again", 1
                ),
                (
                    "gives another range", { _ in .raw("206 Partial Content", ["Content-Range: bytes 5-9/10"]) },
                    "gave the range", 1
                ),
                ("redirects in a circle", { _ in .status("302 Found", ["Location: /first"]) }, "without end", 1),
                ("redirects on and on", { .status("302 Found", ["Location: \($0.target)x"]) }, "without end", 6),
            ]

    private static func chunked(_ content: [UInt8]) -> ScriptedServer.Reply {
        let size = String(content.count, radix: 16)
        let body = Array("\(size)\r\n".utf8) + content + Array("\r\n0\r\n\r\n".utf8)
        return .raw("200 OK", ["Transfer-Encoding: chunked"], body)
    }

    @Test(arguments: bad.indices)
    func afterABadSourceTheNextOneIsAsked(_ index: Int) async throws {
        let bad = Self.bad[index]
        try await ScriptedServer.with { request, _ in
            request.target.hasPrefix("/first") ? bad.reply(request) : .file(modelContent, request)
        } _: { server in
            try await withFolder { folder in
                let sources = ["first", "second"].map { source("\(server.url)/\($0)", of: modelContent) }
                let file = try await makePull(folder).pull(entry(of: modelContent, sources: sources))
                #expect(try Data(contentsOf: file) == Data(modelContent), "\(bad.name)")
                let asked = server.requests.filter { $0.target.hasPrefix("/first") }.count
                #expect(asked == bad.asked, "\(bad.name)")
            }
        }
    }

    @Test(arguments: bad.indices)
    func withOnlyABadSourceTheErrorSaysWhyAndNoFileAppears(_ index: Int) async throws {
        let bad = Self.bad[index]
        try await ScriptedServer.with { request, _ in
            bad.reply(request)
        } _: { server in
            try await withFolder { folder in
                let url = "\(server.url)/first"
                let entry = try entry(of: modelContent, sources: [source(url, of: modelContent)])
                let pull = makePull(folder)
                let error = await pullError(pull, entry)
                #expect(error?.code == .pullFailed)
                #expect(
                    error?.message.contains("\(url): ") == true && error?.message.contains(bad.reason) == true,
                    "\(error as Any)")
                #expect(pull.store.state(of: entry) == .absent)
            }
        }
    }

    @Test func aBusyServerIsAskedAgain() async throws {
        try await ScriptedServer.with { request, number in
            number < 2 ? .status("503 Service Unavailable", ["Retry-After: 0"]) : .file(modelContent, request)
        } _: { server in
            try await withFolder { folder in
                let entry = try entry(of: modelContent, sources: [source("\(server.url)/m", of: modelContent)])
                _ = try await makePull(folder).pull(entry)
                #expect(server.requests.count == 3)
            }
        }
    }

    @Test(arguments: [0, 1000])
    func aServerThatFallsSilentIsLeft(_ bytes: Int) async throws {
        try await ScriptedServer.with { request, _ in
            guard bytes > 0 else { return .init(bytes: [], stalls: true) }
            var reply = ScriptedServer.Reply.file(modelContent, request, limit: bytes)
            reply.stalls = true
            return reply
        } _: { server in
            try await withFolder { folder in
                let entry = try entry(of: modelContent, sources: [source("\(server.url)/m", of: modelContent)])
                let pull = makePull(folder) {
                    $0.stallTimeout = .milliseconds(100)
                    $0.attempts = 2
                }
                let error = await pullError(pull, entry)
                #expect(error?.message.contains("sent nothing for too long (2 attempts)") == true, "\(error as Any)")
            }
        }
    }

    @Test func aRedirectIsFollowed() async throws {
        try await ScriptedServer.with { request, _ in
            request.target == "/a" ? .status("302 Found", ["Location: /b"]) : .file(modelContent, request)
        } _: { server in
            try await withFolder { folder in
                let entry = try entry(of: modelContent, sources: [source("\(server.url)/a", of: modelContent)])
                _ = try await makePull(folder).pull(entry)
                #expect(server.requests.map(\.target) == ["/a", "/b"])
            }
        }
    }

    @Test func aServerThatIsNotThereIsNamed() async throws {
        try await withFolder { folder in
            let entry = try entry(of: modelContent, sources: [source("http://127.0.0.1:1/m", of: modelContent)])
            let error = await pullError(makePull(folder), entry)
            #expect(error?.message.contains("127.0.0.1:1/m: could not be connected to") == true, "\(error as Any)")
        }
    }
}
