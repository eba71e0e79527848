import AIBoxAPI
import Foundation
import TestSupport
import Testing

extension Faults {
    @Suite(
        .enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)),
        .enabled(if: WorldDisk.canBeMounted, "needs the right to mount a small tmpfs"), .timeLimit(.minutes(5)))
    struct DiskFullTests {
        @Test func aDiskThatFillsUpUnderLoadLosesNothingAndRecoversByItself() async throws {
            for round in 1...Faults.count(1, full: 10) {
                try await withTemporaryFolder { folder in
                    try await fill(folder, Journal(seed: UInt64(round)))
                }
            }
        }

        private func fill(_ folder: URL, _ journal: Journal) async throws {
            let world = try EmbeddedWorld(folder: folder)
            let disk = try await WorldDisk(at: world.folder, megabytes: 8)
            do {
                try await world.withBox { box in
                    try await overflow(box, disk, journal)
                    try await box.child.kill()
                }
                try await world.withBox { box in
                    let after = await journal.comparison(with: box.manager)
                    #expect(after.isWhole, "after the restart: \(after)")
                }
            } catch {
                try await disk.unmount()
                throw error
            }
            try await disk.unmount()
        }

        private func overflow(_ box: Box, _ disk: WorldDisk, _ journal: Journal) async throws {
            try await box.underLoad(journal) {
                try await wait(for: "refusals") { journal.refusals.count >= 100 ? () : nil }
            }
            #expect(journal.acknowledgedCount > 20)
            #expect(journal.refusedStatuses == [507])
            let full = await journal.comparison(with: box.manager)
            #expect(full.isWhole, "while full: \(full)")
            let health = try await box.manager.health()
            #expect(health.status == .degraded && health.checks["database"] != "ok", "\(health)")

            try await disk.grow(toMegabytes: 64)
            await journal.repeatUnacknowledged(to: box.manager)
            let later = await journal.comparison(with: box.manager)
            #expect(later.isWhole && journal.unacknowledged.isEmpty, "with space again: \(later)")
            let healed = try await box.manager.health()
            #expect(healed.checks["database"] == "ok", "\(healed)")
        }
    }
}

/// A file system of its own at the folder of a world.
private struct WorldDisk {
    static let canBeMounted = getuid() == 0 && Places.program("mount") != nil && isMountable

    let folder: URL

    init(at folder: URL, megabytes: Int) async throws {
        self.folder = folder
        try await run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "aibox-faults", folder.path)
    }

    func grow(toMegabytes size: Int) async throws {
        try await run("mount", "-o", "remount,size=\(size)m", folder.path)
    }

    func unmount() async throws { try await run("umount", "-l", folder.path) }

    /// Root in a container may lack the right.
    private static let isMountable: Bool = {
        let folder = FileManager.default.temporaryDirectory.appending(path: "aibox-mount-\(getpid())")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { rmdir(folder.path) }
        guard mount("aibox-faults", folder.path, "tmpfs", 0, "size=1m") == 0 else { return false }
        return umount(folder.path) == 0
    }()
}
