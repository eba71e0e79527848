import AIBoxAPI
import Foundation
import Testing

@testable import DataManager

@Suite struct JobScheduleTests {
    private static func schedule(_ change: (inout JobSchedule) -> Void = { _ in }) -> JobSchedule {
        var schedule = JobSchedule(name: "nightly", cron: "30 3 * * *", kind: "db-check")
        change(&schedule)
        return schedule
    }

    private static func jobs(_ manager: DataManager) async throws -> [Timestamp] {
        var query = JobQuery()
        query.kind = "db-check"
        return try await manager.jobs(query).items.reversed().map(\.runAt)
    }

    private static func stored(_ manager: DataManager) async throws -> JobSchedule {
        try #require(try await manager.read { try JobSchedule.find("nightly", $0) })
    }

    @Test func aJobIsQueuedEachTime() async throws {
        let clock = ManualClock("2026-03-01T12:00:00Z")
        try await withDataManager(at: clock) { manager in
            try await manager.save(Self.schedule { $0.timeZone = "Europe/Berlin" })
            #expect(try await Self.stored(manager).nextRun.description == "2026-03-02T02:30:00.000Z")
            clock.advance(14.5 * 3600 - 0.001)
            try await manager.enqueueScheduledJobs()
            #expect(try await Self.jobs(manager).isEmpty)
            for day in 1...3 {
                clock.advance(day == 1 ? 0.001 : 86_400)
                try await manager.enqueueScheduledJobs()
                try await manager.enqueueScheduledJobs()
                #expect(try await Self.jobs(manager).count == day)
            }
            let stored = try await Self.stored(manager)
            #expect(stored.lastRun == clock.time && stored.nextRun.description == "2026-03-05T02:30:00.000Z")
        }
    }

    @Test(arguments: TestRows.here) func ofManyInstancesOneQueuesTheJob(_ rows: TestRows) async throws {
        let clock = ManualClock("2026-03-01T12:00:00Z")
        try await withDataManager(on: rows, at: clock) { manager in
            try await manager.save(Self.schedule())
            clock.advance(15.5 * 3600)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await manager.enqueueScheduledJobs() } }
                try await group.waitForAll()
            }
            #expect(try await Self.jobs(manager) == [clock.time])
        }
    }

    @Test(arguments: [
        (JobSchedule.Misfire.skip, 60.0, 1), (.skip, 60.001, 0), (.skip, 3 * 86_400, 0), (.runOnce, 60.001, 1),
        (.runOnce, 3 * 86_400 + 100, 1),
    ])
    func aMissedTimeIsMadeUpForOnceOrSkipped(_ misfire: JobSchedule.Misfire, _ late: Double, _ count: Int) async throws
    {
        let clock = ManualClock("2026-03-01T12:00:00Z")
        try await withDataManager(at: clock) { manager in
            try await manager.save(Self.schedule { $0.misfire = misfire })
            clock.advance(15.5 * 3600 + late)
            try await manager.enqueueScheduledJobs()
            #expect(try await Self.jobs(manager).count == count)
            let next = try await Self.stored(manager).nextRun
            #expect(next > clock.time && next.milliseconds - clock.time.milliseconds <= 86_400_000)
            try await manager.enqueueScheduledJobs()
            #expect(try await Self.jobs(manager).count == count)
        }
    }

    @Test func savingAgainKeepsTheNextTimeUnlessTheTimesChange() async throws {
        let clock = ManualClock("2026-03-01T12:00:00Z")
        try await withDataManager(at: clock) { manager in
            try await manager.save(Self.schedule { $0.misfire = .runOnce })
            clock.advance(2 * 86_400)
            try await manager.save(Self.schedule { ($0.misfire, $0.payload) = (.runOnce, .object(["a": .null])) })
            let kept = try await Self.stored(manager)
            #expect(kept.nextRun.description == "2026-03-02T03:30:00.000Z" && kept.payload == .object(["a": .null]))
            try await manager.enqueueScheduledJobs()
            #expect(try await Self.jobs(manager).count == 1)
            try await manager.save(Self.schedule { $0.cron = "0 4 * * *" })
            #expect(try await Self.stored(manager).nextRun.description == "2026-03-04T04:00:00.000Z")
            try await manager.save(Self.schedule { $0.isEnabled = false })
            clock.advance(7 * 86_400)
            try await manager.enqueueScheduledJobs()
            #expect(try await Self.jobs(manager).count == 1)
            #expect(try await manager.write { try JobSchedule.delete("nightly", $0) })
            #expect(try await manager.write { try JobSchedule.delete("nightly", $0) } == false)
        }
    }

    @Test func aKindThatIsNotKnownIsLeftToAnotherInstance() async throws {
        let clock = ManualClock("2026-03-01T12:00:00Z")
        try await withDataManager(at: clock) { manager in
            try await manager.save(Self.schedule { $0.kind = "later" })
            let next = try await Self.stored(manager).nextRun
            clock.advance(86_400)
            try await manager.enqueueScheduledJobs()
            #expect(try await Self.stored(manager).nextRun == next)
            #expect(try await Self.jobs(manager).isEmpty)
        }
    }

    @Test(arguments: [
        ("CET", "2026-03-02T02:30:00.000Z"), ("+07:00", "2026-03-01T20:30:00.000Z"),
        ("Asia/Kathmandu", "2026-03-01T21:45:00.000Z"),
    ])
    func aZoneIsAsInSummaries(_ zone: String, _ next: String) async throws {
        try await withDataManager(at: ManualClock("2026-03-01T12:00:00Z")) { manager in
            try await manager.save(Self.schedule { $0.timeZone = zone })
            #expect(try await Self.stored(manager).nextRun.description == next)
        }
    }

    @Test(arguments: [
        ("", "* * * * *", "UTC", "name"), ("a", "x", "UTC", "cron"), ("a", "0 0 30 2 *", "UTC", "cron"),
        ("a", "* * * * *", "Mars/Olympus", "time_zone"), ("a", "* * * * *", "AtlanticTime", "time_zone"),
    ])
    func whatIsNoScheduleIsRefused(_ name: String, _ cron: String, _ zone: String, _ field: String) async throws {
        try await withDataManager(at: ManualClock()) { manager in
            let schedule = Self.schedule { ($0.name, $0.cron, $0.timeZone) = (name, cron, zone) }
            let refusal = await problem { try await manager.save(schedule) }
            #expect(refusal?.errors?.map(\.field) == [field])
        }
    }
}

extension DataManager {
    fileprivate func save(_ schedule: JobSchedule) async throws {
        let now = clock()
        try await write { try schedule.save(at: now, $0) }
    }
}
