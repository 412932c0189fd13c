using System.Text.Json;

namespace Payments.TestCommon;

/// <summary>Valid request bodies. A test names only the members it is about, each as JSON; null leaves a member out.</summary>
public static class Request
{
    public static string Payment(string connector, params (string Name, string? Json)[] changes) => Object(
        [
            ("reference", "\"ref-001\""),
            ("connectorID", JsonSerializer.Serialize(connector)),
            ("createdAt", "\"2024-05-01T12:00:00Z\""),
            ("amount", "100"),
            ("type", "\"PAY-IN\""),
            ("status", "\"PENDING\""),
            ("scheme", "\"visa\""),
            ("asset", "\"USD/2\""),
        ],
        changes);

    public static string Account(string connector, params (string Name, string? Json)[] changes) => Object(
        [
            ("reference", "\"acc_1\""),
            ("connectorID", JsonSerializer.Serialize(connector)),
            ("createdAt", "\"2024-05-01T12:00:00Z\""),
            ("type", "\"INTERNAL\""),
        ],
        changes);

    private static string Object(List<(string Name, string Json)> members, (string Name, string? Json)[] changes)
    {
        foreach (var (name, json) in changes)
        {
            members.RemoveAll(member => member.Name == name);
            if (json is not null)
            {
                members.Add((name, json));
            }
        }

        return $"{{{string.Join(',', members.Select(member => $"{JsonSerializer.Serialize(member.Name)}:{member.Json}"))}}}";
    }
}
