import Foundation
import Logging
import Synchronization
import Testing

@testable import ModelCatalog

@Suite struct ModelPullRulesTests {
    @Test func aMirrorTakesThePlaceOfEveryHostAndServesACopyOfTheFolderToo() async throws {
        try await ScriptedServer.with { request, _ in
            request.target.contains("object_detection") ? .file(modelContent, request) : .status("404 Not Found")
        } _: { server in
            try await withFolder { folder in
                let entry = try entry(
                    of: modelContent,
                    sources: [
                        source("https://models.invalid:8443/a/b%20c.onnx?raw=1", of: modelContent),
                        .original(.init(url: "https://models.invalid/original", verified: true)),
                    ])
                let pull = makePull(folder) { $0.baseURL = URL(string: "\(server.url)/mirror/") }
                _ = try await pull.pull(entry)
                #expect(server.requests.map(\.target) == ["/mirror/a/b%20c.onnx?raw=1", "/mirror/\(entry.file)"])
            }
        }
    }

    @Test func pullsAtTheSameTimeDoTheWorkOnce() async throws {
        try await ScriptedServer.with { request, _ in
            .file(modelContent, request)
        } _: { server in
            try await withFolder { folder in
                let entry = try entry(of: modelContent, sources: [source("\(server.url)/m", of: modelContent)])
                let files = try await withThrowingTaskGroup(of: URL.self) { group in
                    for _ in 0..<8 { group.addTask { try await makePull(folder).pull(entry) } }
                    return try await group.reduce(into: Set()) { $0.insert($1) }
                }
                #expect(files.count == 1 && server.requests.count == 1)
                #expect(try leftovers(folder) == [])
            }
        }
    }

    /// The other process holds the lock and puts the file in place once the pull waits: one that did not wait would
    /// download.
    @Test(.timeLimit(.minutes(1))) func aPullWaitsForThatOfAnotherProcess() async throws {
        try await ScriptedServer.with { request, _ in
            .file(modelContent, request)
        } _: { server in
            try await withFolder { folder in
                let entry = try entry(of: modelContent, sources: [source("\(server.url)/m", of: modelContent)])
                let store = makePull(folder).store
                let lock = folder.appending(path: ".pull/\(entry.sha256).lock")
                for file in [lock, store.cacheFile(of: entry)] {
                    try FileManager.default.createDirectory(
                        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                }
                let other = try OtherProcess(holding: lock, thenWriting: store.cacheFile(of: entry))
                let (messages, message) = AsyncStream.makeStream(of: String.self)
                let logger = Logger(label: "test") { _ in LogStream(messages: message) }
                async let pulled = ModelPull(store: store, logger: logger).pull(entry)
                #expect(await messages.first { _ in true } == "waiting for another pull of the model")
                try other.finish(with: Data(modelContent))
                #expect(try await pulled == store.cacheFile(of: entry))
                #expect(server.requests.isEmpty)
            }
        }
    }

    @Test func aCancelledPullStopsAndGivesItsLockBack() async throws {
        let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
        try await ScriptedServer.with { _, _ in
            arrival.yield()
            return .init(bytes: [], stalls: true)
        } _: { server in
            try await withFolder { folder in
                let entry = try entry(of: modelContent, sources: [source("\(server.url)/m", of: modelContent)])
                await #expect(throws: CancellationError.self) {
                    try await withThrowingTaskGroup(of: URL.self) { group in
                        group.addTask { try await makePull(folder) { $0.stallTimeout = .seconds(60) }.pull(entry) }
                        for await _ in arrivals { break }
                        group.cancelAll()
                        for try await _ in group {}
                    }
                }
                #expect(try leftovers(folder).filter { $0.hasSuffix(".lock") } == [])
            }
        }
    }

    @Test func anUnwritableCacheIsAnErrorThatNamesTheSetting() async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "file")
            try Data([1]).write(to: file)
            let entry = try entry(of: modelContent, sources: [source("http://127.0.0.1:1/m", of: modelContent)])
            let error = await pullError(makePull(file.appending(path: "cache")), entry)
            #expect(error?.code == .storageUnusable)
            #expect(error?.message.contains(file.path) == true && error?.remedy?.contains("model_cache") == true)
        }
    }

    @Test func aLicenceWithoutCommercialUseMustBeAcceptedByName() async throws {
        try await ScriptedServer.with { request, _ in
            .file(modelContent, request)
        } _: { server in
            try await withFolder { folder in
                let sources = [source("\(server.url)/m", of: modelContent)]
                let entry = try entry(of: modelContent, sources: sources, licence: "AGPL-3.0")
                let error = await pullError(makePull(folder) { $0.allowedLicences = ["Unstated"] }, entry)
                #expect(error?.code == .licenceRefused && server.requests.isEmpty)
                #expect(error?.message.contains("AGPL-3.0 (of a test)") == true)
                #expect(error?.remedy?.contains("--allow-licences AGPL-3.0") == true)
                _ = try await makePull(folder) { $0.allowedLicences = ["AGPL-3.0"] }.pull(entry)
            }
        }
    }

    @Test func aSourceWithoutChecksumIsRefusedUnasked() async throws {
        try await ScriptedServer.with { request, _ in
            .file(modelContent, request)
        } _: { server in
            try await withFolder { folder in
                let sources: [CatalogEntry.Source] = [.url(.init(url: "\(server.url)/m", verified: false))]
                let error = await pullError(makePull(folder), try entry(of: modelContent, sources: sources))
                #expect(error?.message.contains("has no sha256") == true && server.requests.isEmpty)
            }
        }
    }

    @Test func theErrorNamesEverySourceAndWhatIsLeftToDo() async throws {
        try await ScriptedServer.with { _, _ in
            .status("404 Not Found")
        } _: { server in
            try await withFolder { folder in
                let entry = try entry(
                    of: modelContent,
                    sources: [
                        source("\(server.url)/a", of: modelContent), source("\(server.url)/b", of: modelContent),
                        .original(.init(url: "https://models.invalid/m.param", verified: true, format: "ncnn")),
                    ])
                let error = await pullError(makePull(folder), entry)
                let lines = error?.message.split(separator: "\n").map(String.init) ?? []
                #expect(
                    lines == [
                        "sample@1 could not be had:", "  - \(server.url)/a: answered 404 Not Found",
                        "  - \(server.url)/b: answered 404 Not Found",
                        "  - https://models.invalid/m.param: holds another file (ncnn), which is not read yet",
                    ])
                let place = folder.appending(path: "object_detection").path
                #expect(error?.remedy?.contains("copy the file sample_1.onnx (300000 bytes") == true)
                #expect(error?.remedy?.contains("to \(place) by hand") == true)
                #expect(try leftovers(folder) == [])
            }
        }
    }

    @Test func aCorruptFileInTheCacheIsReplaced() async throws {
        try await ScriptedServer.with { request, _ in
            .file(modelContent, request)
        } _: { server in
            try await withFolder { folder in
                let entry = try entry(of: modelContent, sources: [source("\(server.url)/m", of: modelContent)])
                let pull = makePull(folder)
                let file = pull.store.cacheFile(of: entry)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data([1]).write(to: file)
                _ = try await pull.pull(entry)
                #expect(pull.store.state(of: entry) == .ready(file))
            }
        }
    }
}

/// A process that holds a lock and, when told so, writes a file and ends.
private struct OtherProcess {
    private let process = Process()
    private let input = Pipe()

    /// Returns once the lock is held.
    init(holding lock: URL, thenWriting file: URL) throws {
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["flock", lock.path, "sh", "-c", "echo held; cat > \"$0\"", file.path]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        #expect(output.fileHandleForReading.availableData == Data("held\n".utf8))
    }

    func finish(with bytes: Data) throws {
        try input.fileHandleForWriting.write(contentsOf: bytes)
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}

/// Log messages as a stream, so that a test can wait for one.
private struct LogStream: LogHandler {
    let messages: AsyncStream<String>.Continuation
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        messages.yield(event.message.description)
    }
}
