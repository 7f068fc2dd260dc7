using Shop.Service;

var builder = WebApplication.CreateBuilder(args);
foreach (var service in new[] { "catalog", "payments" })
{
    builder.Services.AddHttpClient(service, client => client.BaseAddress = new($"http://{builder.Configuration[$"{service}:address"] ?? service}"))
        // A Service spreads connections, not requests: with one connection for each call, every call finds its own replica.
        .UseSocketsHttpHandler((handler, _) => handler.PooledConnectionLifetime = TimeSpan.Zero);
}
var app = builder.Build();

app.UseFaults();
app.MapGet("/", async (IHttpClientFactory clients, CancellationToken aborted) =>
{
    try
    {
        using var items = await clients.CreateClient("catalog").GetAsync("/items", aborted);
        if (!items.IsSuccessStatusCode) return await Failed("catalog", items, aborted);
        using var charge = await clients.CreateClient("payments").PutAsJsonAsync($"/charges/{Guid.NewGuid()}", new { amount = 67 }, aborted);
        if (!charge.IsSuccessStatusCode) return await Failed("payments", charge, aborted);
        return Results.Json(new { order = await Body(items, aborted), charge = await Body(charge, aborted) });
    }
    catch (HttpRequestException e)
    {
        return Results.Problem(e.Message, statusCode: StatusCodes.Status502BadGateway);
    }
});

app.Run();

static Task<object?> Body(HttpResponseMessage response, CancellationToken aborted) => response.Content.ReadFromJsonAsync<object>(aborted);

static async Task<IResult> Failed(string service, HttpResponseMessage response, CancellationToken aborted) => Results.Problem(
    $"{service} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(aborted)}", statusCode: StatusCodes.Status502BadGateway);
