using Shop.Service;

var builder = WebApplication.CreateBuilder(args);
var app = builder.Build();
var replica = app.Configuration["POD_NAME"] ?? Environment.MachineName;

app.UseFaults();
app.MapGet("/items", async () =>
{
    await Task.Delay(Random.Shared.Next(2, 8)); // ms: what a query costs
    return new
    {
        replica,
        items = new[] { new { name = "teapot", price = 18 }, new { name = "kettle", price = 42 }, new { name = "cup", price = 7 } },
    };
});

app.Run();
