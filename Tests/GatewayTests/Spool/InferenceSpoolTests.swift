import AIBoxAPI
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct InferenceSpoolTests {
    private static let away = Problem.unavailable("away")

    /// Appends so many and returns their identifiers in order.
    private static func fill(_ spool: InferenceSpool, _ count: Int) async throws -> [UUIDv7] {
        var ids: [UUIDv7] = []
        for _ in 0..<count {
            let record = InferenceRecord.example()
            try await spool.append(record, picture: nil)
            ids.append(record.id)
        }
        return ids
    }

    @Test func whatWasAppendedIsStoredOnceAndItsSegmentGoes() async throws {
        try await withSpoolFolder { folder in
            let receiver = Receiver()
            let spool = try InferenceSpool.open(folder, receiver)
            let record = InferenceRecord.example(hasImage: true)
            try await spool.append(record, picture: ByteBuffer(string: "jpeg"))
            let ids = try await [record.id] + Self.fill(spool, 40)
            #expect(spool.status.records == 41 && spool.status.oldest == record.id)
            await spool.drain(into: receiver, 41)
            #expect(await receiver.ids.sorted() == ids)
            #expect(await receiver.pictures == [record.id: ByteBuffer(string: "jpeg")])
            #expect(try files(folder, ".spool").isEmpty)
            #expect(try InferenceSpool.open(folder).status.records == 0)
        }
    }

    @Test func aProcessThatEndsWithoutAWordLeavesEveryRecord() async throws {
        try await withSpoolFolder { folder in
            let killed = try InferenceSpool.open(folder) { $0.segmentBytes = 4096 }
            let ids = try await Self.fill(killed, 30)
            killed.abandon()
            #expect(try files(folder, ".spool").count > 3)
            let receiver = Receiver()
            let spool = try InferenceSpool.open(folder, receiver)
            #expect(spool.status.records == 30)
            await spool.drain(into: receiver, 30)
            #expect(await receiver.ids.sorted() == ids)
            #expect(await receiver.names == [""])
        }
    }

    @Test func aLaggingPositionOnlyRepeatsAndAnUnreadableOneToo() async throws {
        try await withSpoolFolder { folder in
            let killed = try InferenceSpool.open(folder)
            _ = try await Self.fill(killed, 10)
            killed.abandon()
            let segment = try #require(UUIDv7(String(try files(folder, ".spool")[0].dropLast(6))))
            let third = try SegmentScan(killed.folder.read(segment), segment: segment).records[2].range
            for (text, left) in [
                ("\(segment) \(third.lowerBound)", 8), ("\(segment) 0", 10), ("\(UUIDv7()) 99999", 10), ("", 10),
                ("nonsense", 10),
            ] {
                try text.write(toFile: folder + "/position", atomically: true, encoding: .utf8)
                let spool = try InferenceSpool.open(folder)
                #expect(spool.status.records == left, "\(text)")
                spool.abandon()
            }
        }
    }

    @Test func aTornTailIsForgottenAndADamagedRecordIsSetAside() async throws {
        try await withSpoolFolder { folder in
            let killed = try InferenceSpool.open(folder)
            let ids = try await Self.fill(killed, 4)
            killed.abandon()
            let file = try folder + "/" + files(folder, ".spool")[0]
            var bytes = try Data(contentsOf: URL(filePath: file))
            bytes[bytes.count / 4 + 100] ^= 1
            try bytes.dropLast(7).write(to: URL(filePath: file))
            let receiver = Receiver()
            let spool = try InferenceSpool.open(folder, receiver)
            await spool.drain(into: receiver, 2)
            #expect(await receiver.ids.sorted() == [ids[0], ids[2]])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/damaged").count == 1)
        }
    }

    @Test func aRecordDamagedWhileItWaitsIsSetAsideToo() async throws {
        try await withSpoolFolder { folder in
            let receiver = Receiver()
            let spool = try InferenceSpool.open(folder, receiver)
            let ids = try await Self.fill(spool, 2)
            let file = try URL(filePath: folder + "/" + files(folder, ".spool")[0])
            var bytes = try Data(contentsOf: file)
            bytes[80] ^= 1
            let handle = try FileHandle(forWritingTo: file)
            try handle.write(contentsOf: bytes)
            try handle.close()
            await spool.drain(into: receiver, 1)
            #expect(await receiver.ids == [ids[1]])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/damaged").count == 1)
        }
    }

    @Test func twoGatewaysCannotShareIt() async throws {
        try await withSpoolFolder { folder in
            let spool = try InferenceSpool.open(folder)
            let problem = #expect(throws: Problem.self) { try InferenceSpool.open(folder) }
            #expect(problem?.detail?.contains("in use by another gateway") == true)
            await spool.close()
            _ = try InferenceSpool.open(folder)
        }
    }

    @Test func aFolderThatCannotBeMadeIsSaidAtTheStart() {
        let problem = #expect(throws: Problem.self) { try InferenceSpool.open("/proc/spool") }
        #expect(problem?.detail?.contains("/proc/spool") == true)
    }

    @Test func aFullSpoolRefusesAndTakesAgainAfterDraining() async throws {
        try await withSpoolFolder { folder in
            let receiver = Receiver()
            let spool = try InferenceSpool.open(folder, receiver) { $0.maximumRecords = 3 }
            _ = try await Self.fill(spool, 3)
            #expect(spool.status.check == "3 waiting, oldest 0 s")
            let problem = await #expect(throws: Problem.self) { try await Self.fill(spool, 1) }
            #expect(problem?.status == 503 && problem?.type == "/problems/spool-full" && problem?.retryAfter != nil)
            #expect(spool.status.isFull && spool.status.check.hasPrefix("full: 3 waiting"))
            let draining = Task { await spool.run() }
            await receiver.stored(3)
            try await waitUntil { !spool.status.isFull }
            _ = try await Self.fill(spool, 1)
            await receiver.stored(4)
            draining.cancel()
            await draining.value
        }
    }

    @Test func bytesAreBoundedToo() async throws {
        try await withSpoolFolder { folder in
            let spool = try InferenceSpool.open(folder) { $0.maximumBytes = 100_000 }
            let picture = ByteBuffer(repeating: 1, count: 60_000)
            try await spool.append(.example(hasImage: true), picture: picture)
            await #expect(throws: Problem.self) { try await spool.append(.example(hasImage: true), picture: picture) }
            try await spool.append(.example(), picture: nil)
            #expect(spool.status.bytes < 100_000 && spool.status.records == 2 && spool.status.writing == 0)
        }
    }

    @Test(arguments: [(ENOSPC, 507), (EIO, 503)])
    func aFailedSyncIsNoSuccessAndItsSegmentIsLeft(reason: CInt, status: Int) async throws {
        try await withSpoolFolder { folder in
            let syncs = Mutex(0)
            let spool = try InferenceSpool.open(folder) {
                $0.synchronize = { _ in
                    let isThird = syncs.withLock { count in
                        count += 1
                        return count == 3
                    }
                    errno = reason
                    return isThird ? -1 : 0
                }
            }
            var ids = try await Self.fill(spool, 2)
            let problem = await #expect(throws: Problem.self) { try await Self.fill(spool, 1) }
            #expect(problem?.status == status)
            #expect(spool.status.records == 2 && spool.status.writing == 0)
            ids += try await Self.fill(spool, 2)
            #expect(try files(folder, ".spool").count == 2)
            spool.abandon()
            let receiver = Receiver()
            await (try InferenceSpool.open(folder, receiver)).drain(into: receiver, 4)
            #expect(await receiver.ids.sorted() == ids)
        }
    }

    @Test func recordsThatComeDuringASyncShareTheNext() async throws {
        try await withSpoolFolder { folder in
            let syncs = Mutex(0)
            let release = DispatchSemaphore(value: 0)
            let spool = try InferenceSpool.open(folder) {
                $0.synchronize = { _ in
                    let isFirst = syncs.withLock { count in
                        count += 1
                        return count == 1
                    }
                    if isFirst { release.wait() }
                    return 0
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await spool.append(.example(), picture: nil) }
                try await waitUntil { syncs.withLock { $0 } == 1 }
                for _ in 0..<8 { tasks.addTask { try await spool.append(.example(), picture: nil) } }
                try await waitUntil { spool.status.writing == 9 }
                #expect(spool.status.records == 0)
                release.signal()
                try await tasks.waitForAll()
            }
            #expect(syncs.withLock { $0 } == 2 && spool.status.records == 9)
        }
    }

    @Test func aDataManagerThatIsAwayIsAskedUntilItIsBack() async throws {
        try await withSpoolFolder { folder in
            let receiver = Receiver { _, attempt in attempt <= 12 ? Self.away : nil }
            let spool = try InferenceSpool.open(folder, receiver)
            let ids = try await Self.fill(spool, 5)
            await spool.drain(into: receiver, 5)
            #expect(await receiver.ids.sorted() == ids)
            #expect(await receiver.attempts > 12)
        }
    }

    @Test(arguments: [409, 413, 422, 500])
    func aRowThatIsRefusedIsSetAsideAndTheOthersGoOn(status: Int) async throws {
        try await withSpoolFolder { folder in
            let bad = Mutex<UUIDv7?>(nil)
            let receiver = Receiver { id, _ in
                id == bad.withLock { $0 } ? Problem(status, "Refused", detail: "not this one") : nil
            }
            let spool = try InferenceSpool.open(folder, receiver)
            let ids = try await Self.fill(spool, 5)
            bad.withLock { $0 = ids[2] }
            // 500 is tried again with growing pauses: only the first attempt is waited for.
            if status == 500 {
                let delivery = spool.delivery
                var batch = spool.index.oldest(5, bytes: .max).map { SpoolDelivery.Pending(entry: $0, failures: 19) }
                #expect(await delivery.attempt(&batch) == nil && batch.isEmpty)
            } else {
                await spool.drain(into: receiver, 4)
            }
            #expect(await receiver.ids.sorted() == ids.filter { $0 != ids[2] })
            let reason = try folder + "/rejected/" + files(folder + "/rejected", ".json")[0]
            let text = try String(contentsOfFile: reason, encoding: .utf8)
            #expect(text.contains("not this one") && text.contains(ids[2].description))
        }
    }

    @Test func aRejectedRecordThatIsMovedBackIsTriedAgain() async throws {
        try await withSpoolFolder { folder in
            let refusing = Receiver { _, _ in Problem(422, "Refused") }
            let spool = try InferenceSpool.open(folder, refusing)
            let ids = try await Self.fill(spool, 1)
            let draining = Task { await spool.run() }
            try await waitUntil { spool.status.records == 0 }
            draining.cancel()
            await draining.value
            let name = try files(folder + "/rejected", ".spool")[0]
            try FileManager.default.moveItem(atPath: "\(folder)/rejected/\(name)", toPath: "\(folder)/\(name)")
            let receiver = Receiver()
            await (try InferenceSpool.open(folder, receiver)).drain(into: receiver, 1)
            #expect(await receiver.ids == ids)
        }
    }

    @Test func recordsAreSealedOnTheDiskAndWaitForTheirKey() async throws {
        try await withSpoolFolder { folder in
            let hasKey = Mutex(false)
            let flip: @Sendable (ByteBuffer) -> ByteBuffer = {
                ByteBuffer(bytes: $0.readableBytesView.map { $0 ^ 0x5A })
            }
            let receiver = Receiver()
            let spool = try InferenceSpool.open(folder, receiver) {
                $0.seal = flip
                $0.open = { bytes in
                    defer { hasKey.withLock { $0 = true } }
                    guard hasKey.withLock({ $0 }) else { throw Problem.unavailable("no key yet") }
                    return flip(bytes)
                }
            }
            let ids = try await Self.fill(spool, 1)
            let bytes = try Data(contentsOf: URL(filePath: folder + "/" + files(folder, ".spool")[0]))
            #expect(bytes.range(of: Data("request_id".utf8)) == nil)
            await spool.drain(into: receiver, 1)
            #expect(await receiver.ids == ids)
        }
    }

    @Test func onShutdownTheRestIsKeptForTheNextStart() async throws {
        try await withSpoolFolder { folder in
            let receiver = Receiver { _, _ in Self.away }
            let spool = try InferenceSpool.open(folder, receiver)
            _ = try await Self.fill(spool, 5)
            let draining = Task { await spool.run() }
            try await waitUntil { await receiver.attempts > 0 }
            draining.cancel()
            await draining.value
            #expect(try InferenceSpool.open(folder).status.records == 5)
        }
    }

    @Test func afterClosingNothingIsTaken() async throws {
        try await withSpoolFolder { folder in
            let spool = try InferenceSpool.open(folder)
            await spool.close()
            let problem = await #expect(throws: Problem.self) { try await Self.fill(spool, 1) }
            #expect(problem?.status == 503)
        }
    }
}
