import AIBoxAPI
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct SpoolSpeedTests {
    /// Prints how fast; what it asserts is that nothing is lost on the way and that callers share their fsyncs.
    @Test(arguments: [0, 100_000]) func eightCallersShareTheDisk(pictureBytes: Int) async throws {
        try await withSpoolFolder { folder in
            let syncs = Mutex(0)
            let spool = try InferenceSpool.open(folder) {
                $0.maximumBytes = 1 << 30
                $0.synchronize = { descriptor in
                    syncs.withLock { $0 += 1 }
                    return fdatasync(descriptor)
                }
            }
            let picture = ByteBuffer(repeating: 0xA5, count: pictureBytes)
            let (callers, each) = (8, pictureBytes == 0 ? 500 : 100)
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<callers {
                    group.addTask {
                        for _ in 0..<each {
                            try await spool.append(
                                .example(hasImage: pictureBytes > 0), picture: pictureBytes > 0 ? picture : nil)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let (count, shared) = (callers * each, syncs.withLock { $0 })
            #expect(spool.status.records == count && shared < count)
            print(
                "spool: \(Int(Double(count) / seconds)) appends/s of \(spool.status.bytes / count) bytes, \(shared) fsyncs"
            )
            spool.abandon()
            let recovery = ContinuousClock.now
            #expect(try InferenceSpool.open(folder).status.records == count)
            let took = (ContinuousClock.now - recovery) / .milliseconds(1)
            print("spool: \(count) records read again in \(Int(took)) ms")
        }
    }
}
