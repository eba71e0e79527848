import AIBoxAPI
import Dispatch
import GRDB
import NIOCore
import Synchronization
import Testing

@testable import DataManager
@testable import Storage

@Suite struct GroupCommitTests {
    @Test func writesThatGatherShareOneTransaction() async throws {
        try await withDataManager { manager, _ in
            let commits = try CommitCounter(manager)
            try await whileTheWriterIsBusy(manager) { release in
                await withTaskGroup(of: Problem?.self) { group in
                    for _ in 0..<63 {
                        group.addTask { await problem { try await manager.store(.example(), picture: nil) } }
                    }
                    await waiting(63, in: manager)
                    release()
                    for await failure in group { #expect(failure == nil) }
                }
            }
            // One of the write that kept the writer busy, one of the 63 others.
            #expect(commits.count == 2)
            #expect(try await rowCount(manager) == 63)
        }
    }

    @Test func aBatchHasALimit() async throws {
        try await withDataManager(batchLimit: 10) { manager, _ in
            let commits = try CommitCounter(manager)
            try await whileTheWriterIsBusy(manager) { release in
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<25 { group.addTask { try? await manager.store(.example(), picture: nil) } }
                    await waiting(25, in: manager)
                    release()
                }
            }
            #expect(commits.count == 1 + 3)
            #expect(try await rowCount(manager) == 25)
        }
    }

    @Test func oneBadWriteAmongGoodOnesFailsAlone() async throws {
        try await withDataManager { manager, _ in
            let taken = InferenceRecord.example()
            try await manager.store(taken, picture: nil)
            let thief = InferenceRecord.example(taken.detections)
            try await whileTheWriterIsBusy(manager) { release in
                await withTaskGroup(of: Int?.self) { group in
                    for index in 0..<20 {
                        let record = index == 7 ? thief : .example()
                        group.addTask { await problem { try await manager.store(record, picture: nil) }?.status }
                    }
                    await waiting(20, in: manager)
                    release()
                    let failures = await group.reduce(into: []) { $0 += [$1].compactMap { $0 } }
                    #expect(failures == [409])
                }
            }
            #expect(try await rowCount(manager) == 1 + 19)
            #expect(try await manager.inference(thief.id) == nil)
        }
    }

    @Test func aFullQueueRefusesWithRetryAfter() async throws {
        try await withDataManager(queueLimit: 5) { manager, folder in
            try await whileTheWriterIsBusy(manager) { release in
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<5 { group.addTask { try? await manager.store(.example(), picture: nil) } }
                    await waiting(5, in: manager)
                    let picture = ByteBuffer(string: "picture")
                    let refused = await problem { try await manager.store(.example(), picture: picture) }
                    #expect(refused?.status == 503 && refused?.retryAfter == 1)
                    #expect(refused?.type == "/problems/store-busy")
                    release()
                }
            }
            #expect(try await rowCount(manager) == 5)
            #expect(
                try folder.files(below: "blobs/objects").filter { $0.contains("pictures") }.isEmpty,
                "refused before the picture was written")
        }
    }

    @Test func closingCommitsWhatWaitsAndRefusesTheRest() async throws {
        let folder = try TestFolder()
        let manager = try await DataManager(folder)
        try await whileTheWriterIsBusy(manager) { release in
            await withTaskGroup(of: Problem?.self) { group in
                for _ in 0..<10 {
                    group.addTask { await problem { try await manager.store(.example(), picture: nil) } }
                }
                await waiting(10, in: manager)
                async let closed: Void = manager.close()
                while (try? manager.database.refuseIfBusy()) != nil { await Task.yield() }
                release()
                for await failure in group { #expect(failure == nil) }
                await closed
            }
        }
        let late = await problem { try await manager.store(.example(), picture: nil) }
        #expect(late?.status == 503)
        let again = try await DataManager(folder)
        #expect(try await rowCount(again) == 10)
        await again.close()
    }

    @Test func aCancelledCallerIsStoredNevertheless() async throws {
        try await withDataManager { manager, _ in
            let record = InferenceRecord.example()
            try await whileTheWriterIsBusy(manager) { release in
                let caller = Task { try await manager.store(record, picture: nil) }
                await waiting(1, in: manager)
                caller.cancel()
                release()
                _ = await caller.result
            }
            #expect(try await manager.inference(record.id) != nil)
        }
    }

    @Test func everyCommitWaitsForTheDisk() async throws {
        try await withDataManager { manager, _ in
            let pragmas = ["synchronous", "journal_mode", "foreign_keys"]
            let values = try await manager.sqlite.pool.writeWithoutTransaction { db in
                try pragmas.map { try String.fetchOne(db, sql: "PRAGMA \($0)") }
            }
            #expect(values == ["2", "wal", "1"], "2 is FULL")
        }
    }
}

/// Keeps the writer in a transaction while `body` runs, until it calls what it is given.
private func whileTheWriterIsBusy(
    _ manager: DataManager, _ body: (_ release: @Sendable () -> Void) async throws -> Void
) async throws {
    let semaphore = DispatchSemaphore(value: 0)
    let (started, start) = AsyncStream<Void>.makeStream()
    async let busy: Void = manager.write { _ in
        start.finish()
        semaphore.wait()
    }
    for await _ in started {}
    try await body { semaphore.signal() }
    try await busy
}

private func waiting(_ count: Int, in manager: DataManager) async {
    while manager.database.waitingCount < count { await Task.yield() }
}

private func rowCount(_ manager: DataManager) async throws -> Int? {
    try await manager.read { try $0.value("SELECT count(*) FROM inferences", as: Int.self) }
}

/// Counts the transactions of the writer from now on.
private final class CommitCounter: TransactionObserver, Sendable {
    private let commits = Mutex(0)

    init(_ manager: DataManager) throws {
        try manager.sqlite.pool.add(transactionObserver: self, extent: .observerLifetime)
    }

    var count: Int { commits.withLock { $0 } }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ db: Database) { commits.withLock { $0 += 1 } }
    func databaseDidRollback(_ db: Database) {}
}
