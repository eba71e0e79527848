import AIBoxAPI
import Synchronization
import Testing

@testable import DataManager

/// A time of day that a test moves.
final class ManualTime: Sendable {
    private let time = Mutex(Timestamp.now)

    var now: Timestamp { time.withLock { $0 } }

    func advance(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
}

@Suite(.timeLimit(.minutes(1))) struct EventRelayTests {
    private struct Away: Error {}

    /// What a sink was given, and whether it takes it.
    private final class Sink: Sendable {
        private let capacity: Int
        private let state = Mutex((batches: [[Int64]](), isAway: false))

        /// - Parameter capacity: more events at once are too many.
        init(capacity: Int = .max) { self.capacity = capacity }

        var batches: [[Int64]] { state.withLock { $0.batches } }

        func set(isAway: Bool) { state.withLock { $0.isAway = isAway } }

        func take(_ events: [Event]) throws {
            try state.withLock {
                if $0.isAway || events.count > capacity { throw Away() }
                $0.batches.append(events.compactMap(\.sequence))
            }
        }
    }

    private func relay(_ manager: DataManager, _ sink: Sink, _ clock: ManualTime = ManualTime()) -> EventRelay {
        EventRelay(manager.database, manager.feed, sink: { try sink.take($0) }, .silent, now: { clock.now })
    }

    @Test func everyEventIsPassedOnInOrderAndNoneAgain() async throws {
        try await withDataManager { manager, _ in
            let sink = Sink()
            let clock = ManualTime()
            let relay = relay(manager, sink, clock)
            #expect(await relay.advance() == .upToDate && sink.batches.isEmpty)
            for _ in 0..<501 { try await manager.store(.example([]), picture: nil) }
            #expect(await relay.advance() == .upToDate)
            #expect(sink.batches == [Array(1...500), [501]])
            #expect(await relay.advance() == .upToDate && sink.batches.count == 2)
            // Another process does nothing while the lease is this one's, and goes on where this one was after it.
            try await manager.store(.example([]), picture: nil)
            let other = self.relay(manager, sink, clock)
            #expect(await other.advance() == .elsewhere && sink.batches.count == 2)
            #expect(try await other.behind() == 1)
            clock.advance(by: .seconds(11))
            #expect(await other.advance() == .upToDate && sink.batches.last == [502])
            try await manager.store(.example([]), picture: nil)
            #expect(await relay.advance() == .elsewhere && sink.batches.count == 3)
            #expect(await other.advance() == .upToDate && sink.batches.last == [503])
        }
    }

    /// As another program, or a later version, may have left them (field report BL-15).
    @Test(arguments: TestRows.here)
    func rowsThatAreNoEventsArePassedOverAndTheOthersArrive(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            for _ in 0..<500 { try await manager.store(.example([]), picture: nil) }
            let broken: Set<Int64> = [1, 2, 250, 500]
            try await manager.write { db in
                try db.execute("UPDATE events SET data = '{\"a\":' WHERE sequence IN (1, 250, 500)")
                try db.execute("UPDATE events SET type = 'Unheard' WHERE sequence = 2")
            }
            let expected = (1...500).filter { !broken.contains($0) }
            let sink = Sink()
            let relay = relay(manager, sink)
            #expect(await relay.advance() == .upToDate)
            #expect(sink.batches.flatMap(\.self) == expected)
            #expect(try await relay.behind() == 0)
            var (read, query, gaps) = ([Int64](), EventQuery(after: 0), 0)
            while query.after != 500 {
                let batch = try await manager.events(query)
                read += batch.events.compactMap(\.sequence)
                gaps += batch.hasGap ? 1 : 0
                query.after = batch.next
            }
            #expect(read == expected && gaps == 3)
        }
    }

    @Test func batchThatTakesTooLongIsTriedInSmallerPieces() async throws {
        try await withDataManager { manager, _ in
            let sink = Sink(capacity: 100)
            let relay = relay(manager, sink)
            for _ in 0..<400 { try await manager.store(.example([]), picture: nil) }
            for _ in 0..<20 where await relay.advance() != .upToDate {}
            // The alert that was raised on the way is an event too.
            #expect(sink.batches.flatMap(\.self) == Array(1...401))
        }
    }

    @Test func failingSinkIsTriedAgainLaterAndRaisesAnAlert() async throws {
        try await withDataManager { manager, _ in
            let sink = Sink()
            let clock = ManualTime()
            let relay = relay(manager, sink, clock)
            sink.set(isAway: true)
            try await manager.store(.example([]), picture: nil)
            let start = clock.now
            var outcomes: [EventRelay.Outcome] = []
            for _ in 0..<7 { outcomes.append(await relay.advance()) }
            #expect(outcomes == [0.25, 0.5, 1, 2, 4, 5, 5].map { .failed(pause: .seconds($0)) })
            #expect(relay.failingSince == nil)
            clock.advance(by: .seconds(6))
            #expect(relay.failingSince == start)
            let open = SystemAlertQuery { $0.state = .open }
            #expect(try await manager.alerts(open).items.map(\.kind) == [.relayFailed])
            sink.set(isAway: false)
            #expect(await relay.advance() == .upToDate && relay.failingSince == nil)
            #expect(sink.batches.first?.first == 1)
            #expect(try await manager.alerts(open).items.isEmpty)
        }
    }
}
