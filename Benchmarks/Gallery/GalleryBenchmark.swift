import Foundation
import Gallery
import Glibc
import Synchronization

/// One side of Benchmarks/gallery. `gallery-benchmark TEMPLATES PROBES DIMENSIONS OUTPUT MODE FOLDER` reads float32
/// vectors from two files, row after row, and writes what it found as ten uint32 row numbers and ten float32 cosines
/// for each probe, -1 where there is none. Ten templates in a row belong to one person.
///
/// MODE `accuracy`: batches of 64 probes while another thread inserts 1,000 and removes 1,000 other templates a second.
/// MODE `speed`: one probe after the other on one thread, with times.
@main
enum GalleryBenchmark {
    private static let limit = 10
    private static let updatesPerSecond = 1000

    nonisolated static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count == 6, let dimensions = Int(arguments[2]) else {
            print("usage: gallery-benchmark TEMPLATES PROBES DIMENSIONS OUTPUT accuracy|speed FOLDER")
            exit(2)
        }
        let index = try GalleryIndex(dimensions: dimensions, storage: .file(folder: arguments[5]))
        let began = ContinuousClock.now
        let count = try load(arguments[0], dimensions, into: index)
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        print("loaded \(count) templates of \(dimensions) in \(rounded(seconds)) s, \(resident()) MB resident")
        var probes: [[Float]] = []
        try forEachVector(in: arguments[1], dimensions) { probes.append($0) }
        let results =
            arguments[4] == "speed" ? try oneByOne(probes, in: index) : try underLoad(probes, in: index, dimensions)
        try write(results, to: arguments[3])
        print("\(resident()) MB resident at the end, \(peak()) MB at most; figures: \(index.figures)")
    }

    private static func load(_ path: String, _ dimensions: Int, into index: GalleryIndex) throws -> Int {
        var count = 0
        try forEachVector(in: path, dimensions) { vector in
            try index.insert(GalleryEntry(key: key(count), person: key(count / 10), vector: vector))
            count += 1
        }
        return count
    }

    private static func oneByOne(_ probes: [[Float]], in index: GalleryIndex) throws -> [[GalleryMatch]] {
        var results: [[GalleryMatch]] = []
        var wall: [Double] = []
        var processor: [Double] = []
        for probe in probes {
            let began = (clock(CLOCK_MONOTONIC), clock(CLOCK_THREAD_CPUTIME_ID))
            results.append(try index.search([probe], limit: limit)[0])
            wall.append(clock(CLOCK_MONOTONIC) - began.0)
            processor.append(clock(CLOCK_THREAD_CPUTIME_ID) - began.1)
        }
        print("one probe, one thread: \(spread(wall)) ms, of which processor \(spread(processor)) ms (min–median–max)")
        return results
    }

    private static func underLoad(
        _ probes: [[Float]], in index: GalleryIndex, _ dimensions: Int
    ) throws -> [[GalleryMatch]] {
        let load = UpdateLoad(index, dimensions: dimensions, perSecond: updatesPerSecond)
        let thread = Thread { load.run() }
        thread.start()
        var results: [[GalleryMatch]] = []
        var batches: [Double] = []
        for start in stride(from: 0, to: probes.count, by: 64) {
            let batch = Array(probes[start..<min(start + 64, probes.count)])
            let began = clock(CLOCK_MONOTONIC)
            // Among a million strangers a template of the load may come near; it is left out of the comparison.
            results += try index.search(batch, limit: 2 * limit).map { found in
                Array(found.filter { $0.key.low < UpdateLoad.firstKey }.prefix(limit))
            }
            batches.append((clock(CLOCK_MONOTONIC) - began) / Double(batch.count))
        }
        load.stop()
        print("batches of 64: \(spread(batches)) ms a probe (min–median–max)")
        print("meanwhile \(load.summary)")
        return results
    }

    static func key(_ number: Int) -> GalleryKey { GalleryKey(high: 0, low: UInt64(number)) }

    private static func write(_ results: [[GalleryMatch]], to path: String) throws {
        var data = Data()
        for found in results {
            for rank in 0..<limit {
                let row = rank < found.count ? UInt32(truncatingIfNeeded: found[rank].key.low) : UInt32.max
                withUnsafeBytes(of: row) { data.append(contentsOf: $0) }
            }
            for rank in 0..<limit {
                withUnsafeBytes(of: rank < found.count ? found[rank].cosine : -1) { data.append(contentsOf: $0) }
            }
        }
        try data.write(to: URL(fileURLWithPath: path))
    }

    private static func forEachVector(in path: String, _ dimensions: Int, _ body: ([Float]) throws -> Void) throws {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        let bytes = dimensions * MemoryLayout<Float>.stride
        while let data = try file.read(upToCount: 256 * bytes), !data.isEmpty {
            for start in stride(from: 0, to: data.count, by: bytes) {
                var vector = [Float](repeating: 0, count: dimensions)
                vector.withUnsafeMutableBytes { _ = data.copyBytes(to: $0, from: start..<start + bytes) }
                try body(vector)
            }
        }
    }

    /// Milliseconds.
    private static func clock(_ id: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(id, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) * 1e-6
    }

    static func spread(_ values: [Double]) -> String {
        let sorted = values.sorted()
        guard let least = sorted.first, let most = sorted.last else { return "-" }
        return "\(rounded(least))–\(rounded(sorted[sorted.count / 2]))–\(rounded(most))"
    }

    private static func rounded(_ value: Double) -> String { String(format: "%.2f", value) }

    private static func resident() -> Int { statusLine("VmRSS:") }
    private static func peak() -> Int { statusLine("VmHWM:") }

    /// 10^6 bytes.
    private static func statusLine(_ name: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
        return (line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0)
            * 1024
            / 1_000_000
    }
}

/// Inserts and removes of random templates at a steady rate on a thread of its own.
final class UpdateLoad: Sendable {
    private struct State {
        var isRunning = true
        var inserted = 0
        var removed = 0
        var seconds = 0.0
        var latencies: [Double] = []
        var failure: String?
    }

    /// Templates of the load have keys from here on.
    static let firstKey: UInt64 = 1 << 40

    private let index: GalleryIndex
    private let dimensions: Int
    private let perSecond: Int
    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)

    init(_ index: GalleryIndex, dimensions: Int, perSecond: Int) {
        self.index = index
        self.dimensions = dimensions
        self.perSecond = perSecond
    }

    func run() {
        let began = ContinuousClock.now
        var number = 0
        do {
            while state.withLock({ $0.isRunning }) {
                let elapsed = (ContinuousClock.now - began) / .seconds(1)
                guard Double(number) < elapsed * Double(perSecond) else {
                    usleep(500)
                    continue
                }
                try update(number)
                number += 1
            }
        } catch { state.withLock { $0.failure = "\(error)" } }
        state.withLock { $0.seconds = (ContinuousClock.now - began) / .seconds(1) }
        ended.signal()
    }

    private func update(_ number: Int) throws {
        let vector = (0..<dimensions).map { _ in Float.random(in: -1...1) }
        let first = Int(Self.firstKey)
        let began = ContinuousClock.now
        let key = GalleryBenchmark.key(first + number)
        try index.insert(GalleryEntry(key: key, person: key, vector: vector))
        let removed = try index.remove(GalleryBenchmark.key(first + number - 500))
        let milliseconds = (ContinuousClock.now - began) / .milliseconds(1)
        state.withLock { state in
            state.inserted += 1
            state.removed += removed ? 1 : 0
            state.latencies.append(milliseconds)
        }
    }

    func stop() {
        state.withLock { $0.isRunning = false }
        ended.wait()
    }

    var summary: String {
        state.withLock { state in
            let seconds = max(state.seconds, 1e-9)
            let rate = { (count: Int) in Int(Double(count) / seconds) }
            let times = GalleryBenchmark.spread(state.latencies)
            return "\(rate(state.inserted)) inserts/s, \(rate(state.removed)) removes/s, one of each in \(times) ms"
                + (state.failure.map { ", FAILED: \($0)" } ?? "")
        }
    }
}
