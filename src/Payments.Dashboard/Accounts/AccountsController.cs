using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Primitives;
using Payments.Application.Accounts;
using Payments.Application.Connectors;
using Payments.Dashboard.Formatting;
using Payments.Dashboard.Forms;
using Payments.Dashboard.Lists;
using Payments.Dashboard.Session;
using Payments.Dashboard.Shell;
using Payments.Domain.Accounts;

namespace Payments.Dashboard.Accounts;

/// <summary>The accounts, one account, and a form to record one.</summary>
[Route("dashboard/accounts")]
public sealed class AccountsController(IMediator mediator, TimeProvider clock) : DashboardController
{
    /// <summary>Shows the list.</summary>
    [HttpGet]
    public async Task<IActionResult> List(CancellationToken cancellationToken)
    {
        var page = await mediator.Send(new ListAccountsQuery(PageLinks.Read(Request)), cancellationToken);
        return View(new AccountsModel(page.Items, PageLinks.Of(page, "/dashboard/accounts", Request.Query), await ConnectorsAsync(cancellationToken)));
    }

    /// <summary>Shows an empty form.</summary>
    [HttpGet("new"), Authorize(DashboardScope.Write)]
    public Task<IActionResult> New(CancellationToken cancellationToken) => FormAsync(
        new(("createdAt", new StringValues(clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture))), ("type", new StringValues("INTERNAL"))), cancellationToken);

    /// <summary>Records an account.</summary>
    [HttpPost("new"), Authorize(DashboardScope.Write)]
    public async Task<IActionResult> Create(CancellationToken cancellationToken)
    {
        var form = FormInput.Read(Request);
        try
        {
            var recorded = await mediator.Send(AccountForm.Command(form), cancellationToken);
            return this.SeeOther($"/dashboard/accounts/{recorded.Account.Id}");
        }
        catch (Exception e) when (form.Rejects(e))
        {
            return await FormAsync(form, cancellationToken);
        }
    }

    /// <summary>Shows an account. Payments can name an account that is not recorded: then the page says so.</summary>
    [HttpGet("{accountID}")]
    public async Task<IActionResult> Show(string accountID, CancellationToken cancellationToken)
    {
        if (!AccountId.TryParse(accountID, out var id))
        {
            throw new NotFoundException("No account has this id.");
        }

        Account? account = null;
        try
        {
            account = await mediator.Send(new GetAccountQuery(id), cancellationToken);
        }
        catch (NotFoundException)
        {
            Response.StatusCode = StatusCodes.Status404NotFound;
        }

        return View(new AccountModel(id, account, await ConnectorsAsync(cancellationToken)));
    }

    private async Task<IActionResult> FormAsync(FormInput form, CancellationToken cancellationToken)
    {
        Response.StatusCode = form.Status;
        return View("Form", new AccountForm(form, await ConnectorsAsync(cancellationToken)));
    }

    private async Task<ConnectorNames> ConnectorsAsync(CancellationToken cancellationToken) => new(await mediator.Send(new ListConnectorsQuery(), cancellationToken));
}

/// <summary>The list of accounts.</summary>
public sealed record AccountsModel(IReadOnlyList<Account> Accounts, PageLinks Pages, ConnectorNames Connectors);

/// <summary>An account; null if it is not recorded.</summary>
public sealed record AccountModel(AccountId Id, Account? Account, ConnectorNames Connectors)
{
    /// <summary>The title: the name or, without one, the reference.</summary>
    public string Title => Account?.Name?.Text ?? Id.Reference.Text;
    /// <summary>The payments that leave the account.</summary>
    public string PaymentsFrom => $"/dashboard/payments?sourceAccountID={Id}";
    /// <summary>The payments that reach the account.</summary>
    public string PaymentsTo => $"/dashboard/payments?destinationAccountID={Id}";
}

/// <summary>The form of a new account.</summary>
public sealed record AccountForm(FormInput Input, ConnectorNames Connectors)
{
    /// <summary>The fields in the order of the page.</summary>
    public static IReadOnlyList<string> Fields { get; } = ["connectorID", "reference", "type", "createdAt", "accountName", "defaultAsset", "metadata"];

    /// <summary>The installed connectors as options.</summary>
    public IReadOnlyList<(string Value, string Text)> ConnectorOptions => [.. Connectors.All];

    /// <summary>The types as options.</summary>
    public static IReadOnlyList<(string Value, string Text)> TypeOptions { get; } =
        [("INTERNAL", "Internal: owned by your company"), ("EXTERNAL", "External: owned by another party")];

    /// <summary>The command, with what was typed as the raw object of the account.</summary>
    /// <exception cref="ValidationException">A line of the metadata has no key.</exception>
    internal static CreateAccountCommand Command(FormInput form)
    {
        var metadata = new Dictionary<string, string>();
        foreach (var line in form.Text("metadata").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = line.Split('=', 2, StringSplitOptions.TrimEntries) is [var before, var after]
                ? (before, after)
                : throw new ValidationException([new("metadata", "must have one entry a line, such as order = A-1042")]);
            if (!metadata.TryAdd(key, value))
            {
                throw new ValidationException([new("metadata", "must not have a key twice")]);
            }
        }

        var raw = new JsonObject();
        foreach (var name in Fields.Where(name => name != "metadata" && form.Given(name) is not null))
        {
            raw[name] = form.Text(name);
        }

        if (metadata.Count > 0)
        {
            raw["metadata"] = new JsonObject(metadata.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value)));
        }

        return new()
        {
            Reference = form.Given("reference"),
            ConnectorId = form.Given("connectorID"),
            CreatedAt = form.Given("createdAt"),
            Type = form.Given("type"),
            AccountName = form.Given("accountName"),
            DefaultAsset = form.Given("defaultAsset"),
            Metadata = metadata.Count > 0 ? metadata : null,
            Raw = raw.ToJsonString(),
        };
    }
}
