import Evaluation
import Foundation
import Testing

@Suite struct EvaluationJournalTests {
    private let outcome = CaseOutcome(
        objects: [DetectedObject(box: Box(x: 1, y: 2, width: 3, height: 4), score: 0.5, category: "person")],
        embedding: [0.25, -1], milliseconds: 12.5, stages: ["decode": 1])

    @Test func anInterruptedRunGoesOn() throws {
        try withFolder([:]) { folder in
            let file = folder.appending(path: "run.jsonl")
            try EvaluationJournal(file, model: "m1").append(outcome, of: "a.jpg")
            let again = try EvaluationJournal(file, model: "m1")
            #expect(again.outcomes == ["a.jpg": outcome] && again.brokenLines == 0)
            try again.append(CaseOutcome(failure: "no \"face\"\n"), of: "b\n.jpg")
            try again.synchronise()
            #expect(try EvaluationJournal(file, model: "m1").outcomes.count == 2)
            #expect(try EvaluationJournal(file, model: "m2").outcomes.isEmpty)
        }
    }

    @Test func anAnswerThatIsNoNumberIsKept() throws {
        try withFolder([:]) { folder in
            let file = folder.appending(path: "run.jsonl")
            try EvaluationJournal(file, model: "m").append(CaseOutcome(embedding: [.nan, -.infinity]), of: "a")
            let embedding = try EvaluationJournal(file, model: "m").outcomes["a"]?.embedding
            #expect(embedding?.first?.isNaN == true && embedding?.last == -.infinity)
        }
    }

    /// Cut anywhere: what was finished before stays, and what comes after is whole.
    @Test func aCutLastLineLosesThatCaseOnly() throws {
        try withFolder([:]) { folder in
            let file = folder.appending(path: "run.jsonl")
            let journal = try EvaluationJournal(file, model: "m")
            try journal.append(outcome, of: "a")
            let first = try Data(contentsOf: file).count
            try journal.append(outcome, of: "b")
            let whole = try Data(contentsOf: file)
            for length in stride(from: first, to: whole.count - 1, by: 7) {
                try whole.prefix(length).write(to: file)
                let again = try EvaluationJournal(file, model: "m")
                #expect(again.outcomes.keys.sorted() == ["a"])
                try again.append(outcome, of: "c")
                #expect(try EvaluationJournal(file, model: "m").outcomes.keys.sorted() == ["a", "c"])
            }
        }
    }

    @Test func foreignLinesAreCountedAndLeftOut() throws {
        try withFolder(["run.jsonl": "hello\n{\"case\":3}\n\n"]) { folder in
            let journal = try EvaluationJournal(folder.appending(path: "run.jsonl"), model: "m")
            #expect(journal.outcomes.isEmpty && journal.brokenLines == 2)
        }
    }

    @Test func itIsBounded() throws {
        try withFolder(["run.jsonl": String(repeating: "x", count: 50)]) { folder in
            #expect(throws: DatasetError.self) {
                try EvaluationJournal(folder.appending(path: "run.jsonl"), model: "m", limit: 49)
            }
        }
    }
}
