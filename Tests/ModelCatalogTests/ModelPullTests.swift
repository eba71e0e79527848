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
