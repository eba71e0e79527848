import Foundation

/// A line on standard error that shows how far a long command is; on a terminal only.
struct ProgressBar {
    private static let width = 24

    let total: Int
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?

    init(total: Int) { self.total = total }

    /// - Parameter work: what has been worked on since the start; what was done before does not count for the pace.
    mutating func show(done: Int, work: Int, note: String = "") {
        let now = ContinuousClock.now
        if let lastShown, done < total, now - lastShown < .milliseconds(100) { return }
        lastShown = now
        guard StandardError.isTerminal else { return }
        let text = Self.line(done: done, total: total, work: work, elapsed: now - start, note: note)
        StandardError.write("\r\u{1B}[K\(text)")
    }

    /// Takes the line away, so that others can be written.
    func clear() {
        if StandardError.isTerminal { StandardError.write("\r\u{1B}[K") }
    }

    static func line(done: Int, total: Int, work: Int, elapsed: Duration, note: String) -> String {
        let share = total > 0 ? Double(done) / Double(total) : 1
        let filled = Int(share * Double(width))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        let seconds = elapsed / .seconds(1)
        var line = "[\(bar)] \(done)/\(total)  \(Int(share * 100)) %"
        if work > 0, seconds > 0, done < total {
            let pace = Double(work) / seconds
            line += "  \((pace * 10).rounded() / 10)/s  \(time(Double(total - done) / pace)) left"
        }
        return note.isEmpty ? line : line + "  " + note
    }

    private static func time(_ seconds: Double) -> String {
        let seconds = Int(seconds.rounded(.up))
        if seconds < 120 { return "\(seconds) s" }
        return seconds < 7200 ? "\(seconds / 60) min" : "\(seconds / 3600) h \(seconds / 60 % 60) min"
    }
}
